package all

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/check/checktest"
)

var update = flag.Bool("update", false, "rewrite the want sections of the fixtures")

func TestChecks(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Checks() {
		t.Run(c.ID, func(t *testing.T) {
			if seen[c.ID] {
				t.Fatalf("two checks have the id %s", c.ID)
			}
			seen[c.ID] = true
			checktest.Run(t, c, "..", *update)
		})
	}
}

// The generated list must be what its generator makes of the folders.
func TestListIsGenerated(t *testing.T) {
	out := filepath.Join(t.TempDir(), "list.go")
	if output, err := exec.Command("go", "run", "holdfast.dev/holdfast/tools/listchecks", "-o", out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	want, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("list_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != string(want) {
		t.Error("list_gen.go is old: run go generate ./internal/check/all")
	}
}
