// Package kube reads a running cluster through its API server. What the server
// does not let us read, or gives in a form that cannot be understood, becomes a
// gap of that kind; only a server that does not answer at all, a cancelled context
// and an error of the receiver end a reading early.
//
// The values of Secrets, and whatever else Options.Redact takes out, do not leave
// the package: not in objects, not in gaps, not in errors.
package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/rest"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Options say what to read and how.
type Options struct {
	Config       *rest.Config
	Namespace    string               // list namespaced kinds only there; "" for everywhere
	Kinds        []snapshot.GroupKind // what to read
	AllResources bool                 // also everything else that the API server lists

	// Redact is applied to each object before it is emitted, from several
	// goroutines at once. It is needed: it must turn a Secret into a kinds.Secret.
	Redact func(*snapshot.Object)
	// Progress, when set, is told after each list how many of all are done and
	// what was listed. It is never called twice at once.
	Progress func(done, total int, what string)

	Parallel int   // lists read at a time; DefaultParallel when 0
	PageSize int64 // objects asked for at a time; DefaultPageSize when 0
}

// The defaults. Few lists at a time leave the API server to its users; a page is
// what kubectl asks for.
const (
	DefaultParallel = 6
	DefaultPageSize = 500
)

// Source reads the cluster that its Options name. It implements snapshot.Source.
type Source struct {
	options    Options
	kinds      *kinds.Table
	client     *client
	err        error         // why there is no client
	processors chan struct{} // bounds decoding
}

// New makes a Source.
func New(options Options) *Source {
	if options.Parallel <= 0 {
		options.Parallel = DefaultParallel
	}
	if options.PageSize <= 0 {
		options.PageSize = DefaultPageSize
	}
	return newSource(options, defaultLimits())
}

func newSource(options Options, limits limits) *Source {
	s := &Source{options: options, kinds: kinds.NewTable(), processors: make(chan struct{}, runtime.GOMAXPROCS(0))}
	switch {
	case options.Config == nil:
		s.err = errors.New("kube: Options.Config is missing")
	case options.Redact == nil:
		s.err = errors.New("kube: Options.Redact is missing: secrets must not leave the source")
	case options.Namespace != "" && len(validation.IsDNS1123Label(options.Namespace)) > 0:
		s.err = fmt.Errorf("%q cannot be the name of a namespace: use lower-case letters, digits and hyphens", options.Namespace)
	default:
		if s.client, s.err = newClient(options.Config, limits); s.err != nil {
			s.err = fmt.Errorf("connect to the cluster: %w", s.err)
		}
	}
	return s
}

// Version asks the API server which version it is.
func (s *Source) Version(ctx context.Context) (snapshot.Version, error) {
	if s.err != nil {
		return snapshot.Version{}, s.err
	}
	answer, err := s.client.get(ctx, "/version", nil, acceptJSON)
	if err != nil {
		return snapshot.Version{}, s.client.failed(ctx, err)
	}
	var info struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.Unmarshal(answer.body, &info); err != nil {
		return snapshot.Version{}, s.client.failed(ctx, errNoAPIServer)
	}
	version, err := snapshot.ParseVersion(info.GitVersion)
	if err != nil {
		return snapshot.Version{}, s.client.failed(ctx, errNoAPIServer)
	}
	return version, nil
}

// Read emits the objects of every kind that is wanted, each kind followed by a
// Listed if it was read completely and by a Gap if not, in the order of the kinds.
func (s *Source) Read(ctx context.Context, emit func(snapshot.Change) error) error {
	if s.err != nil {
		return s.err
	}
	found, err := s.client.discover(ctx)
	if err != nil {
		return s.client.failed(ctx, err)
	}
	targets, known := s.plan(found)
	for _, change := range known {
		if err := emit(change); err != nil {
			return err
		}
	}
	return s.inOrder(ctx, targets, emit)
}

// failed is the error of a server that does not answer at all, unless the reading
// was cancelled.
func (c *client) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return c.explain(err)
}

// inOrder reads the lists in parallel and emits what they hold in their order.
func (s *Source) inOrder(ctx context.Context, targets []target, emit func(snapshot.Change) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var readers sync.WaitGroup
	defer readers.Wait()
	defer cancel()
	results := make([]chan []snapshot.Change, len(targets))
	next := make(chan int, len(targets))
	for i := range targets {
		results[i] = make(chan []snapshot.Change, 1)
		next <- i
	}
	close(next)
	done := s.counter(len(targets))
	for range min(s.options.Parallel, len(targets)) {
		readers.Go(func() {
			for i := range next {
				if ctx.Err() != nil {
					return
				}
				results[i] <- s.list(ctx, &targets[i])
				done(targets[i].name)
			}
		})
	}
	for i := range results {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case changes := <-results[i]:
			if err := ctx.Err(); err != nil {
				return err
			}
			for _, change := range changes {
				if err := emit(change); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// counter reports progress.
func (s *Source) counter(total int) func(what string) {
	var mutex sync.Mutex
	done := 0
	return func(what string) {
		mutex.Lock()
		defer mutex.Unlock()
		done++
		if s.options.Progress != nil {
			s.options.Progress(done, total, what)
		}
	}
}
