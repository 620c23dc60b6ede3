// Command holdfast finds what is insecure in a Kubernetes cluster, or in the files
// that one is made of, and says what to change.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"holdfast.dev/holdfast/internal/cli"
)

// Set by the linker; see the Makefile.
var version, commit string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Main(ctx, cli.Build{Version: version, Commit: commit}, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(status)
}
