package cluster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// ErrUnavailable is what Launch fails with where the control plane's binary
// is not cached and this machine cannot build it: no Go toolchain, say, or no
// way to its modules. A control plane that builds and then does not start is
// another error: that one is never a reason to skip a test.
var ErrUnavailable = errors.New("no test control plane on this machine")

// unusedFor is how long a binary may lie in the cache without being started.
const unusedFor = 14 * 24 * time.Hour

// Build returns the path of the control plane's binary and builds it first if
// the cache has none for these sources, this Go version and this platform.
// Test binaries that run at the same time build it once.
func Build(ctx context.Context) (string, error) {
	source, err := sourceDir()
	if err != nil {
		return "", err
	}
	flags, err := buildFlags(source)
	if err != nil {
		return "", err
	}
	key, err := cacheKey(source, flags)
	if err != nil {
		return "", err
	}
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	return cached(filepath.Join(dir, "controlplane-"+key), func(path string) error {
		return compile(ctx, source, path, flags)
	})
}

// sourceDir finds the controlplane module. It lies beside this file; the file's
// recorded path is of no use in a binary built with -trimpath or moved to
// another machine, so the folders above the working directory, which go test
// sets to the package's own, are tried as well.
func sourceDir() (string, error) {
	if _, file, _, ok := runtime.Caller(0); ok {
		dir := filepath.Join(filepath.Dir(file), "controlplane")
		if isFile(filepath.Join(dir, "go.mod")) {
			return dir, nil
		}
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find test/cluster/controlplane: %w", err)
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		found := filepath.Join(dir, "test", "cluster", "controlplane")
		if isFile(filepath.Join(found, "go.mod")) {
			return found, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%w: test/cluster/controlplane is in no folder above %s", ErrUnavailable, wd)
		}
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// buildFlags are the arguments of go build that shape the binary. A build from
// a Go module knows no version of Kubernetes; it is told the one that go.mod
// requires, which thereby is the only place that names it.
func buildFlags(source string) ([]string, error) {
	mod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("read the control plane's version: %w", err)
	}
	version, err := requiredVersion(mod, "k8s.io/kubernetes")
	if err != nil {
		return nil, err
	}
	parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
	if len(parts) < 3 {
		return nil, fmt.Errorf("k8s.io/kubernetes %s in go.mod is not a version like v1.2.3", version)
	}
	ldflags := []string{"-s", "-w"}
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		for _, set := range []string{
			"gitVersion=" + version, "gitMajor=" + parts[0], "gitMinor=" + parts[1],
			// What Kubernetes' own build says of sources that come without git.
			"gitCommit=", "gitTreeState=archive", "buildDate=1970-01-01T00:00:00Z",
		} {
			ldflags = append(ldflags, "-X", pkg+"."+set)
		}
	}
	return []string{"-buildvcs=false", "-mod=readonly", "-ldflags", strings.Join(ldflags, " ")}, nil
}

// requiredVersion reads the version of a module from the text of a go.mod.
func requiredVersion(mod []byte, module string) (string, error) {
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(line)
		if at := slices.Index(fields, module); at >= 0 && at+1 < len(fields) && strings.HasPrefix(fields[at+1], "v") {
			return fields[at+1], nil
		}
	}
	return "", fmt.Errorf("go.mod requires no %s", module)
}

// cacheKey is the hash of all that decides the binary's content.
func cacheKey(source string, flags []string) (string, error) {
	files, err := filepath.Glob(filepath.Join(source, "*.go"))
	if err != nil {
		return "", fmt.Errorf("list the control plane's sources: %w", err)
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%s %q %q\n", runtime.Version(), flags, buildEnv())
	for _, path := range append(files, filepath.Join(source, "go.mod"), filepath.Join(source, "go.sum")) {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("hash the control plane's sources: %w", err)
		}
		fmt.Fprintf(hash, "%s %d\n", filepath.Base(path), len(content))
		hash.Write(content)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// cacheDir is where binaries are kept from one run to the next.
func cacheDir() (string, error) {
	dir := os.Getenv("HOLDFAST_CACHE")
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("%w: no cache folder, set HOLDFAST_CACHE: %w", ErrUnavailable, err)
		}
		dir = filepath.Join(user, "holdfast")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	return dir, nil
}

// cached returns path, and has build make it first if it is not there. Of
// several processes one builds and the others wait; a build that fails or is
// killed leaves nothing behind that could be taken for a binary.
func cached(path string, build func(path string) error) (string, error) {
	if isFile(path) {
		touch(path)
		return path, nil
	}
	unlock, err := lock(path + ".lock")
	if err != nil {
		return "", fmt.Errorf("lock the cache: %w", err)
	}
	defer unlock()
	if isFile(path) {
		return path, nil
	}
	prune(filepath.Dir(path))
	unfinished := path + ".tmp"
	defer os.Remove(unfinished)
	if err := build(unfinished); err != nil {
		return "", err
	}
	if err := os.Rename(unfinished, path); err != nil {
		return "", fmt.Errorf("keep the control plane's binary: %w", err)
	}
	return path, nil
}

// touch marks a binary as used. A failure costs at most a rebuild later.
func touch(path string) {
	now := time.Now()
	_ = os.Chtimes(path, now, now)
}

// prune removes the binaries (180 MB each) of sources that nobody has used for
// a while, with what killed builds left. It is a service to the disk, and no
// reason to fail when it does not work.
func prune(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "controlplane-*"))
	for _, file := range files {
		if strings.HasSuffix(file, ".lock") { // it may be held
			continue
		}
		if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) > unusedFor {
			_ = os.Remove(file)
		}
	}
}

// compile builds the controlplane module. What keeps its packages from being
// loaded is the machine's doing (no toolchain, no way to the modules) and
// becomes ErrUnavailable; what does not compile is a fault of ours.
func compile(ctx context.Context, source, path string, flags []string) error {
	tool, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("%w: building it needs the go command: %w", ErrUnavailable, err)
	}
	if err := runGo(ctx, tool, source, "list", "-mod=readonly", "-deps", "."); err != nil {
		return fmt.Errorf("%w: its modules cannot be had: %w", ErrUnavailable, err)
	}
	if err := runGo(ctx, tool, source, slices.Concat([]string{"build"}, flags, []string{"-o", path, "."})...); err != nil {
		return fmt.Errorf("build the control plane: %w", err)
	}
	return nil
}

// buildEnv fixes what the caller's own build may have set otherwise. Without
// cgo the build needs no C compiler, as Kubernetes' own does not.
func buildEnv() []string {
	return []string{
		"CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=",
		"GOOS=" + runtime.GOOS, "GOARCH=" + runtime.GOARCH,
	}
}

// runGo runs the go command in a folder.
func runGo(ctx context.Context, tool, dir string, args ...string) error {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	cmd.Env = append(os.Environ(), buildEnv()...)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s in %s: %w: %s", args[0], dir, err, lastLines(stderr.Bytes(), 10))
	}
	return nil
}

// lastLines returns the end of a log, for an error's message.
func lastLines(log []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
