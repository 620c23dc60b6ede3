package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// Shared is one control plane for all tests of a package. The first test that
// asks for it starts it; Run stops it after the last.
//
//	var shared = cluster.NewShared(cluster.WithControllers())
//
//	func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }
//
//	func TestScanner(t *testing.T) {
//		c := shared.Start(t)
//		...
//	}
//
// Tests keep out of each other's way by namespaces and names of their own.
type Shared struct {
	opts []Option

	mu      sync.Mutex
	started bool
	cluster *Cluster
	err     error
}

// NewShared returns a control plane that is yet to start.
func NewShared(opts ...Option) *Shared {
	return &Shared{opts: opts}
}

// Run runs the tests of a package and then stops the control plane, if any of
// them has started it. It returns the exit status for os.Exit.
func (s *Shared) Run(m *testing.M) int {
	status := m.Run()
	if err := s.stop(); err != nil {
		fmt.Fprintf(os.Stderr, "the control plane did not last the tests: %v\n", err)
		status = max(status, 1)
	}
	return status
}

// Start returns the control plane, started if this is the first call. It skips
// and fails as the function Start does; a control plane that did not start is
// not tried again.
func (s *Shared) Start(tb testing.TB) *Cluster {
	tb.Helper()
	if testing.Short() {
		skip(tb, "-short: a test control plane takes seconds to start")
	}
	c, err := s.launch()
	if err != nil {
		refuse(tb, err)
	}
	return c
}

func (s *Shared) launch() (*Cluster, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started {
		s.started = true
		// Not the test's context: the control plane outlives it.
		s.cluster, s.err = Launch(context.Background(), s.opts...)
	}
	return s.cluster, s.err
}

// stop stops the control plane; later calls of Start fail.
func (s *Shared) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cluster
	s.started, s.cluster, s.err = true, nil, errors.New("the shared control plane was stopped")
	if c == nil {
		return nil
	}
	return c.Stop()
}
