// Package cluster runs a real Kubernetes control plane for tests: etcd and
// kube-apiserver and, where asked for, kube-controller-manager and
// kube-scheduler. There is no kubelet: Pods are stored, never run.
//
// The binary is built from the Go module in controlplane/ once and cached.
// Everything listens on 127.0.0.1 or on a socket in a folder of its own, and
// nothing outlives the test process. README.md says more.
//
//	func TestScanner(t *testing.T) {
//		c := cluster.Start(t, cluster.WithAudit(cluster.AuditEverything))
//		reader := c.ConfigFor(t, "jane", "developers")
//		...
//	}
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// allEnv is the variable that, set to 1, makes a failure of every skip.
const allEnv = "HOLDFAST_TEST_ALL"

const (
	dirPrefix = "holdfast-cluster-"
	// leftAfter is when a folder in which nothing listens is nobody's any more:
	// long after startTimeout.
	leftAfter = time.Hour
)

// Cluster is a running control plane. Its fields are fixed once it runs.
type Cluster struct {
	URL        string // of the API server, https://127.0.0.1:PORT
	Dir        string // everything it keeps: logs (COMPONENT.log), certificates, etcd's data
	CAFile     string // the certificate of its CA, PEM
	Kubeconfig string // the path of a kubeconfig of Config
	AuditLog   string // the path of the audit log; empty without WithAudit

	options options
	ca      *authority
	config  *rest.Config
	client  kubernetes.Interface

	stopOnce  sync.Once
	stopErr   error
	processes []*process // in the order in which they were started
}

// Start runs a control plane that stops when the test ends.
//
// It skips the test if the control plane is ErrUnavailable, and under -short.
// With HOLDFAST_TEST_ALL=1 in the environment the test fails instead.
func Start(tb testing.TB, opts ...Option) *Cluster {
	tb.Helper()
	if testing.Short() {
		skip(tb, "-short: a test control plane takes seconds to start")
	}
	c, err := Launch(tb.Context(), opts...)
	if err != nil {
		refuse(tb, err)
	}
	tb.Cleanup(func() {
		if err := c.Stop(); err != nil {
			tb.Errorf("the control plane did not last the test: %v", err)
		}
	})
	return c
}

// refuse ends a test whose control plane did not start.
func refuse(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, ErrUnavailable) {
		skip(tb, err.Error())
	}
	tb.Fatalf("start a control plane: %v", err)
}

// skip skips the test or, where no skip is allowed, fails it.
func skip(tb testing.TB, reason string) {
	tb.Helper()
	if os.Getenv(allEnv) == "1" {
		tb.Fatalf("%s=1 allows no skip: %s", allEnv, reason)
	}
	tb.Skip(reason)
}

// Launch runs a control plane until Stop. Tests use Start or a Shared.
func Launch(ctx context.Context, opts ...Option) (*Cluster, error) {
	binary, err := Build(ctx)
	if err != nil {
		return nil, err
	}
	sweep(os.TempDir())
	// Not a test's own folder: its path may be longer than a socket's may be.
	dir, err := os.MkdirTemp("", dirPrefix)
	if err != nil {
		return nil, fmt.Errorf("make the control plane's folder: %w", err)
	}
	c := &Cluster{Dir: dir, CAFile: filepath.Join(dir, "ca.crt"), Kubeconfig: filepath.Join(dir, "kubeconfig")}
	for _, opt := range opts {
		opt(&c.options)
	}
	if c.options.has(auditPolicyFlag) {
		c.AuditLog = filepath.Join(dir, "audit.log")
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := c.start(ctx, binary); err != nil {
		_ = c.Stop() // the first error says more than what follows from it
		return nil, err
	}
	return c, nil
}

// sweep removes the folders (64 MB and more) of control planes whose process
// was killed. What it cannot remove stays, and is in nobody's way.
func sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, dirPrefix+"*"))
	for _, path := range left {
		info, err := os.Stat(path)
		if err != nil || time.Since(info.ModTime()) < leftAfter {
			continue
		}
		if connection, err := net.Dial("unix", filepath.Join(path, etcdSocket)); err == nil {
			connection.Close()
			continue
		}
		_ = os.RemoveAll(path)
	}
}

// Stop ends every component and removes Dir. It fails if a component had ended
// before, by itself, and it may be called again.
func (c *Cluster) Stop() error {
	c.stopOnce.Do(func() {
		var errs []error
		for i := len(c.processes) - 1; i >= 0; i-- {
			errs = append(errs, c.processes[i].stop())
		}
		errs = append(errs, os.RemoveAll(c.Dir))
		c.stopErr = errors.Join(errs...)
	})
	return c.stopErr
}

// File returns the path of the file that an Option has given to kube-apiserver
// by the flag (without dashes), as File("encryption-provider-config").
func (c *Cluster) File(flag string) string {
	return filepath.Join(c.Dir, flag)
}
