package manifest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"helm.sh/helm/v4/pkg/chart/loader/archive"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/snapshot"
)

// guard makes the process notice what must not happen: it puts a git of its own
// first, and a proxy between everybody and the network.
func guard(t testing.TB) (violations func() string) {
	t.Helper()
	dir := t.TempDir()
	trace := filepath.Join(dir, "ran")
	for _, name := range []string{"git", "helm", "docker"} {
		script := fmt.Sprintf("#!/bin/bash\necho %s \"$@\" >>%s\n", name, trace)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	var connections atomic.Int32
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			connection.Close()
		}
	}()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "http://"+listener.Addr().String())
	}
	return func() string {
		ran, err := os.ReadFile(trace)
		if err == nil {
			return "it ran " + string(ran)
		}
		if n := connections.Load(); n > 0 {
			return fmt.Sprintf("it made %d connections", n)
		}
		return ""
	}
}

// TestNothingIsFetchedOrRun reads kustomizations and charts that ask for it in
// every way that is known.
func TestNothingIsFetchedOrRun(t *testing.T) {
	violations := guard(t)
	unpack(t, "kustomize")
	read(t, Options{Paths: []string{"."}})
	for i, entry := range []string{
		"https://example.com/a.yaml", "HTTPS://example.com/a.yaml", "http:example.com/a", "https:///x", "git::https://example.com/r.git",
		"ssh://example.com/a/b", "file:///tmp/x", "git@example.com:a/b", "x@y/z", "GitHub.com/a/b", "github.com:a/b", "example.com/a/b?ref=v1",
		"example.com/a//b", "./a.git//b", "git::git@example.com:a/b", "git::git::https://a/b", "a.git", "/tmp/none", "../none", "", " https://example.com/a",
		"\thttps://example.com/a", "%68ttps://example.com/a", "https%3A//example.com", "<<: x",
	} {
		for _, field := range []string{"resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators", "patchesStrategicMerge"} {
			dir := filepath.Join(t.TempDir(), fmt.Sprint(i))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf("resources: [a.yaml]\n%s: [%q]\n", field, entry)
			if field == "resources" {
				text = fmt.Sprintf("resources: [%q, a.yaml]\n", entry)
			}
			for name, data := range map[string]string{"kustomization.yaml": text, "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			read(t, Options{Paths: []string{dir}})
			if what := violations(); what != "" {
				t.Fatalf("%s: %q: %s", field, entry, what)
			}
		}
	}
}

// TestTheGuardSees proves the test above able to fail.
func TestTheGuardSees(t *testing.T) {
	violations := guard(t)
	unpack(t, "kustomize")
	read(t, Options{Paths: []string{"remote"}, AllowRemote: true})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte("resources: [github.com/example/repo]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	read(t, Options{Paths: []string{dir}, AllowRemote: true})
	if violations() == "" {
		t.Error("kustomize was let to fetch, and nothing was seen")
	}
}

func TestNothingOfTheEnvironmentIsTaken(t *testing.T) {
	t.Setenv("HOME", "/home/secret")
	unpack(t, "kustomize")
	for _, change := range read(t, Options{Paths: []string{"app/base"}}) {
		if change.Put == nil {
			continue
		}
		if config, ok := change.Put.Body.(*corev1.ConfigMap); ok && strings.HasPrefix(config.Name, "settings") {
			if home, found := config.Data["HOME"]; !found || home != "" || config.Data["A"] != "1" {
				t.Errorf("data %v", config.Data)
			}
		}
	}
}

// TestPipes reads what somebody writes into a pipe, and waits for nobody.
func TestPipes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := makePipe(path); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	// Somebody holds the pipe open and does not write.
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	err = New(Options{Paths: []string{path}}).Read(ctx, func(snapshot.Change) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
	reader, source, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	go func() {
		time.Sleep(50 * time.Millisecond)
		fmt.Fprint(source, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
		source.Close()
	}()
	changes := read(t, Options{Paths: []string{fmt.Sprintf("/dev/fd/%d", reader.Fd())}})
	if len(changes) != 1 || changes[0].Put == nil {
		t.Errorf("%v", describeChange(changes[0]))
	}
}

// TestStdinThatNeverEnds demands that nobody waits for a terminal once told to end.
func TestStdinThatNeverEnds(t *testing.T) {
	reader, writer := io.Pipe()
	defer writer.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	err := New(Options{Paths: []string{"-"}, Stdin: reader}).Read(ctx, func(snapshot.Change) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

// FuzzManifest demands of any file: no panic, an end, and something said about it.
func FuzzManifest(f *testing.F) {
	f.Add([]byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"), true)
	f.Add([]byte("a: b"), false)
	f.Add([]byte("{\"a\":"), false)
	f.Add([]byte{0x1f, 0x8b, 8}, true)
	f.Fuzz(func(t *testing.T, data []byte, named bool) {
		dir := t.TempDir()
		path := filepath.Join(dir, "x.yaml")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		paths := []string{dir}
		if named {
			paths = []string{path}
		}
		changes := read(t, Options{Paths: paths})
		if len(changes) == 0 {
			t.Error("nothing is said")
		}
		for _, change := range changes {
			describeChange(change)
		}
	})
}

// FuzzChart demands of any template: no panic, and an end.
func FuzzChart(f *testing.F) {
	for _, seed := range []string{
		"a: {{ .Values.a }}", "{{ range until 5 }}x{{ end }}", "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
		"{{- with .Values }}\n{{ toYaml . | nindent 2 }}\n{{- end -}}", "{{ tpl \"{{ .Values.a }}\" . }}", "{{/* c */}}{{ `raw` }}{{ 'c' }}",
		"{{ $x := dict \"a\" 1 }}{{ $x.a }}", "{{ genCA \"a\" 1 }}", "{{ printf \"%9d\" 1 }}", "{{ block \"b\" . }}x{{ end }}", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}",
	} {
		f.Add(seed, "x: y")
	}
	violations := guard(f)
	f.Fuzz(func(t *testing.T, template, helper string) {
		if strings.Contains(template+helper, "tpl") {
			return // tpl that calls itself overflows the stack in Helm
		}
		begin := time.Now()
		s := New(Options{})
		c := &loadedChart{path: "c", prefix: "c/", places: map[string]string{}}
		err := c.load(context.Background(), []*archive.BufferedFile{
			{Name: "Chart.yaml", Data: []byte("apiVersion: v2\nname: c\nversion: 1.0.0\n")},
			{Name: "values.yaml", Data: []byte("a: b\nlist: [1, 2]\n")},
			{Name: "templates/_h.tpl", Data: []byte(helper)},
			{Name: "templates/x.yaml", Data: []byte(template)},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.renderChart(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
		if what := violations(); what != "" {
			t.Error(what)
		}
	})
}

// FuzzKustomization demands of any kustomization: no panic, an end, something said
// about it, nothing fetched and nothing run.
func FuzzKustomization(f *testing.F) {
	for _, seed := range []string{
		"resources: [a.yaml]", "resources: [https://example.com/a.yaml]", "resources: [github.com/a/b]", "bases: [base]\nnamePrefix: x-",
		"resources: [a.yaml]\npatches:\n- path: p.yaml", "configMapGenerator:\n- name: a\n  files: [a=p.yaml]\n  envs: [https://example.com/x]",
		"resources: [a.yaml]\ntransformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: a}\n  path: https://example.com/p",
		"resources: [a.yaml]\nopenapi: {path: https://example.com/x}", "components: [base]", "helmCharts: [{name: a, repo: https://example.com}]",
		"resources: [a.yaml]\nreplacements:\n- path: https://example.com/x", "resources: [a.yaml]\nvars: [{name: A, objref: {kind: ConfigMap, name: a, apiVersion: v1}}]",
	} {
		f.Add([]byte(seed))
	}
	violations := guard(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		config := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"1\"}\n"
		for name, text := range map[string]string{"kustomization.yaml": string(data), "a.yaml": config, "p.yaml": config, "base/kustomization.yaml": "resources: [b.yaml]\n", "base/b.yaml": config} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if len(read(t, Options{Paths: []string{dir}})) == 0 {
			t.Error("nothing is said")
		}
		if what := violations(); what != "" {
			t.Error(what)
		}
	})
}
