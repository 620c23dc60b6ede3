package main

import (
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"holdfast": main})
}

// The transcripts of testdata say what a user sees: exit status, standard output,
// standard error. "exits N command" runs a command and demands the status N, "expand
// file" puts variables into a file.
func TestTranscripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"expand": expand,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/.config")
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("SOON", time.Now().AddDate(0, 0, 30).Format(time.DateOnly))
			return os.Mkdir(env.WorkDir+"/.config", 0o700)
		},
	})
}
