// Command up runs the test control plane for a person: it prints the path of a
// kubeconfig and waits for an interrupt. With -build it only builds the binary
// and prints its path, which is worth a step of its own in CI.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"holdfast.dev/holdfast/test/cluster"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "up: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("up", flag.ExitOnError)
	build := flags.Bool("build", false, "build the binary, print its path and end")
	controllers := flags.Bool("controllers", false, "run kube-controller-manager and kube-scheduler too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *build {
		binary, err := cluster.Build(ctx)
		if err == nil {
			fmt.Println(binary)
		}
		return err
	}
	opts := []cluster.Option{cluster.WithAudit(cluster.AuditEverything)}
	if *controllers {
		opts = append(opts, cluster.WithControllers())
	}
	c, err := cluster.Launch(ctx, opts...)
	if err != nil {
		return err
	}
	fmt.Printf("export KUBECONFIG=%s\n# audit log and component logs: %s\n# interrupt to stop\n", c.Kubeconfig, c.Dir)
	<-ctx.Done()
	// A terminal's interrupt reaches the components as well, so that they have
	// ended by themselves is no error here.
	_ = c.Stop()
	return nil
}
