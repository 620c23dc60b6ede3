// Command controlplane is a whole Kubernetes control plane in one binary, for
// tests: its first argument names the component to run (etcd, kube-apiserver,
// kube-controller-manager or kube-scheduler), the rest are that component's
// own flags. A link named after a component works as well.
//
// With HOLDFAST_PARENT_PIPE=1 in the environment it ends as soon as its
// standard input does, so that it never outlives the process that holds the
// other end, however that one dies and on whatever operating system.
//
// One binary, because the components share nearly all of their code: four
// would take four links and four times the disk.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
	_ "time/tzdata" // CronJobs name time zones.

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	encryption "k8s.io/apiserver/pkg/server/options/encryptionconfig/controller"
	"k8s.io/component-base/cli"
	// The metrics and log formats that the real binaries register.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// The components, as the first argument names them.
const (
	etcd              = "etcd"
	kubeAPIServer     = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	kubeScheduler     = "kube-scheduler"
)

func main() {
	component, args := split(os.Args)
	// The components read os.Args themselves (etcd for its flags, the others
	// for what they log), so it becomes what it would be in a binary of theirs.
	os.Args = append([]string{component}, args...)
	if os.Getenv("HOLDFAST_PARENT_PIPE") == "1" {
		go exitWithParent()
	}
	os.Exit(run(component, os.Args))
}

// exitWithParent waits for the end of standard input, whatever ends it.
func exitWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Fprintln(os.Stderr, "controlplane: the parent is gone")
	os.Exit(1)
}

// split finds the component in the name that the binary was started by or,
// failing that, in its first argument.
func split(argv []string) (component string, args []string) {
	if len(argv) == 0 {
		return "", nil
	}
	name := filepath.Base(argv[0])
	if slices.Contains([]string{etcd, kubeAPIServer, controllerManager, kubeScheduler}, name) {
		return name, argv[1:]
	}
	if len(argv) == 1 {
		return "", nil
	}
	return argv[1], argv[2:]
}

// run runs one component until it ends and returns its exit status.
func run(component string, argv []string) int {
	switch component {
	case etcd:
		etcdmain.Main(argv)
		return 0
	case kubeAPIServer:
		// It looks for new keys once a minute; a test of their rotation has no
		// minute. The variable is exported for tests, and no flag sets it.
		encryption.EncryptionConfigFileChangePollDuration = time.Second
		return runCommand(apiserver.NewAPIServerCommand(), argv[1:])
	case controllerManager:
		return runCommand(controllermanager.NewControllerManagerCommand(), argv[1:])
	case kubeScheduler:
		return runCommand(scheduler.NewSchedulerCommand(), argv[1:])
	default:
		fmt.Fprintf(os.Stderr, "usage: controlplane %s|%s|%s|%s [flags]\n", etcd, kubeAPIServer, controllerManager, kubeScheduler)
		return 2
	}
}

func runCommand(command *cobra.Command, args []string) int {
	command.SetArgs(args)
	return cli.Run(command)
}
