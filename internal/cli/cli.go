// Package cli is the command line: one file a noun. It reads flags, environment
// and configuration, picks sources and engine, and renders what they give.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// Build is what the linker says of the program.
type Build struct{ Version, Commit string }

// Streams are where the program reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// The exit statuses.
const (
	exitClean      = 0
	exitFindings   = 1 // findings at or above --fail-on, or a denied verdict
	exitIncomplete = 2 // some of the work could not be done
)

// app is one run of the program.
type app struct {
	build   Build
	streams Streams
	now     func() time.Time
	status  int // what a command that did its work asks for
}

// Main runs the program and returns its exit status.
func Main(ctx context.Context, build Build, streams Streams, args []string) int {
	tuneMemory()
	// Libraries print to the process-wide logger; what matters comes as a gap.
	log.SetOutput(io.Discard)
	a := &app{build: completeBuild(build), streams: streams, now: time.Now}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return a.status
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted: nothing was reported")
	}
	fmt.Fprintf(streams.Err, "Error: %v\n", err)
	return exitIncomplete
}

// completeBuild fills in what "go build" knows when the linker was told nothing.
func completeBuild(build Build) Build {
	if info, ok := debug.ReadBuildInfo(); ok {
		if build.Version == "" && info.Main.Version != "(devel)" {
			build.Version = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				build.Commit = cmp.Or(build.Commit, setting.Value)
			}
		}
	}
	build.Version = cmp.Or(build.Version, "development")
	build.Commit = cmp.Or(build.Commit, "unknown")
	return build
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "holdfast",
		Short: "Secure a Kubernetes cluster in all its layers",
		Long: `Holdfast reads what a cluster is, from files or from its API server, finds what is
insecure in it, and says what to change.

Exit status: 0 clean; 1 findings at or above --fail-on; 2 some of the work could not
be done (something could not be read, bad input, bad usage).

Every flag can be set as an environment variable (HOLDFAST_FAIL_ON for --fail-on) or
in holdfast.yaml in the current folder (fail-on: medium).`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return configure(cmd) },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(a.scanCommand(), a.rbacCommand(), a.netCommand(), a.snapshotCommand(), a.controlsCommand(), a.devCommand(), a.versionCommand())
	return root
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version and the commit",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "holdfast %s (commit %s)\n", a.build.Version, a.build.Commit)
			return err
		},
	}
}
