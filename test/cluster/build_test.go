package cluster

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestCachedBuildsOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "controlplane-key")
	var builds atomic.Int32
	build := func(path string) error {
		builds.Add(1)
		time.Sleep(50 * time.Millisecond)
		return os.WriteFile(path, []byte("binary"), 0o755)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if got, err := cached(path, build); err != nil || got != path {
				t.Errorf("cached returns %q, %v", got, err)
			}
		})
	}
	wait.Wait()
	if builds.Load() != 1 {
		t.Errorf("built %d times, want once", builds.Load())
	}
}

func TestCachedKeepsNoFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "controlplane-key")
	broken := errors.New("the build was cut short")
	_, err := cached(path, func(path string) error {
		if err := os.WriteFile(path, []byte("half a bin"), 0o755); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("cached returns %v", err)
	}
	if files, _ := filepath.Glob(path + "*"); len(files) != 1 || files[0] != path+".lock" {
		t.Errorf("a failed build leaves %q", files)
	}
}

func TestCachedPrunes(t *testing.T) {
	dir := t.TempDir()
	old, recent, other := filepath.Join(dir, "controlplane-old"), filepath.Join(dir, "controlplane-recent"), filepath.Join(dir, "advisories")
	long := time.Now().Add(-2 * unusedFor)
	for _, path := range []string{old, recent, other} {
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		if path != recent {
			if err := os.Chtimes(path, long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := cached(filepath.Join(dir, "controlplane-new"), func(path string) error { return os.WriteFile(path, nil, 0o755) }); err != nil {
		t.Fatal(err)
	}
	if isFile(old) || !isFile(recent) || !isFile(other) {
		t.Errorf("kept: old %t, recent %t, other %t", isFile(old), isFile(recent), isFile(other))
	}
}

func TestCacheKeyFollowsContent(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key := func(flags ...string) string {
		t.Helper()
		k, err := cacheKey(dir, flags)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	for _, name := range []string{"main.go", "go.mod", "go.sum"} {
		write(name, "one")
	}
	seen := map[string]string{key(): "the first"}
	if seen[key()] == "" {
		t.Error("the same content has two keys")
	}
	note := func(what, k string) {
		t.Helper()
		if before := seen[k]; before != "" {
			t.Errorf("%s has the key of %s", what, before)
		}
		seen[k] = what
	}
	note("another flag", key("-race"))
	for _, name := range []string{"main.go", "go.mod", "go.sum", "extra.go"} {
		write(name, "two")
		note("a change of "+name, key())
	}
}

func TestRequiredVersion(t *testing.T) {
	for mod, want := range map[string]string{
		"require k8s.io/kubernetes v1.36.3":                          "v1.36.3",
		"require (\n\tk8s.io/kubernetes v1.36.3\n)":                  "v1.36.3",
		"require (\n\tk8s.io/kubernetes v1.36.3 // indirect\n)":      "v1.36.3",
		"require (\n\tk8s.io/kubernetes-sigs/x v1.36.3\n)":           "",
		"replace k8s.io/kubernetes => ../kubernetes":                 "",
		"require (\n\tk8s.io/api v0.1.0\n\tk8s.io/kubernetes v2.0\n": "v2.0",
	} {
		got, err := requiredVersion([]byte(mod), "k8s.io/kubernetes")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", mod, got, err, want)
		}
	}
}

func TestBuildWithoutToolchainIsUnavailable(t *testing.T) {
	t.Setenv("HOLDFAST_CACHE", t.TempDir())
	t.Setenv("PATH", "")
	if _, err := Build(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "go command") {
		t.Errorf("without a go command Build returns %v", err)
	}
}

func TestBuildWithoutModulesIsUnavailable(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: runs the go command")
	}
	t.Setenv("HOLDFAST_CACHE", t.TempDir())
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOPROXY", "off")
	if _, err := Build(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "modules cannot be had") {
		t.Errorf("without modules Build returns %v", err)
	}
}

func TestSweep(t *testing.T) {
	// Not t.TempDir: with a test's name in it the path may be too long for a socket.
	dir, err := os.MkdirTemp("", "sweep-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	long := time.Now().Add(-2 * leftAfter)
	for name, want := range map[string]bool{dirPrefix + "left": false, dirPrefix + "recent": true, dirPrefix + "running": true, "other": true} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if name == dirPrefix+"running" {
			listener, err := net.Listen("unix", filepath.Join(path, etcdSocket))
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
		}
		if name != dirPrefix+"recent" {
			if err := os.Chtimes(path, long, long); err != nil {
				t.Fatal(err)
			}
		}
		sweep(dir)
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s is kept: %t, want %t", name, err == nil, want)
		}
	}
}

// recorder is a testing.TB that only notes how a test would end.
type recorder struct {
	testing.TB
	skipped, failed bool
}

type ended struct{}

func (r *recorder) Helper()               {}
func (r *recorder) Skip(...any)           { r.skipped = true; panic(ended{}) }
func (r *recorder) Fatalf(string, ...any) { r.failed = true; panic(ended{}) }

func TestRefuse(t *testing.T) {
	for _, test := range []struct {
		name, all    string
		err          error
		skip, failed bool
	}{
		{"unavailable", "", ErrUnavailable, true, false},
		{"unavailable where no skip is allowed", "1", ErrUnavailable, false, true},
		{"broken", "", errors.New("it does not start"), false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(allEnv, test.all)
			tb := &recorder{TB: t}
			func() {
				defer func() { _ = recover().(ended) }()
				refuse(tb, test.err)
			}()
			if tb.skipped != test.skip || tb.failed != test.failed {
				t.Errorf("skipped %t, failed %t", tb.skipped, tb.failed)
			}
		})
	}
}
