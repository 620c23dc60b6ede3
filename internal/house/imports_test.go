package house

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "holdfast.dev/holdfast/"

// The rooms of the house in their order: a package imports only packages of the
// same room or of rooms above it. Adapters never import one another.
var rooms = []struct {
	path    string
	pure    bool
	adapter bool
}{
	{path: "internal/model", pure: true},
	{path: "internal/snapshot", pure: true},
	{path: "internal/analysis", pure: true},
	{path: "internal/trust", pure: true},
	{path: "internal/attack", pure: true},
	{path: "internal/check", pure: true},
	{path: "internal/policy", pure: true},
	{path: "internal/detect", pure: true},
	{path: "internal/framework", pure: true},
	{path: "internal/engine", pure: true},
	{path: "internal/source", adapter: true},
	{path: "internal/report", adapter: true},
	{path: "internal/store", adapter: true},
	{path: "internal/action", adapter: true},
	{path: "internal/serve"},
	{path: "internal/cli"},
	{path: "cmd"},
}

// analyses in their order: a later one may import an earlier one.
var analyses = []string{"workload", "secret", "controlplane", "storage", "feature", "apiversion", "podsecurity", "rbac", "least", "netpol", "mesh", "exposure", "reach", "generate"}

// shared is what adapters of one room have in common and is none itself.
var shared = []string{"internal/source/logfile"}

// testSupport may import what it tests and is imported by tests only.
var testSupport = []string{"internal/check/checktest", "internal/attack/attacktest", "internal/source/sourcetest"}

func roomOf(pkg string) int {
	for i := range rooms {
		if pkg == rooms[i].path || strings.HasPrefix(pkg, rooms[i].path+"/") {
			return i
		}
	}
	return -1
}

// wrong says why an import is not allowed, or "".
func wrong(from, to string) string {
	if slices.Contains(testSupport, from) {
		return ""
	}
	fromRoom := roomOf(from)
	if fromRoom < 0 {
		return ""
	}
	if local, ok := strings.CutPrefix(to, module); ok {
		return wrongLocal(from, fromRoom, local)
	}
	if !rooms[fromRoom].pure {
		return ""
	}
	switch {
	case to == "os", to == "net", to == "net/http", to == "log", strings.HasPrefix(to, "os/"), to == "log/slog":
		return "a pure package does no input or output"
	case strings.HasPrefix(to, "k8s.io/client-go"):
		return "a pure package does not know the API server"
	}
	if rooms[fromRoom].path == "internal/model" && strings.Contains(strings.SplitN(to, "/", 2)[0], ".") {
		return "model depends on the standard library only"
	}
	return ""
}

func wrongLocal(from string, fromRoom int, to string) string {
	toRoom := roomOf(to)
	switch {
	case slices.Contains(testSupport, to):
		return "test support is for tests"
	case toRoom < 0:
		return "only tests and tools import what is outside the house"
	case toRoom > fromRoom:
		return "imports point inward"
	case rooms[fromRoom].adapter && toRoom == fromRoom && slices.Contains(shared, to):
		return ""
	case rooms[fromRoom].adapter && rooms[toRoom].adapter && adapterOf(from) != adapterOf(to):
		return "adapters never import one another"
	case rooms[fromRoom].path == "internal/analysis" && toRoom == fromRoom:
		a, b := slices.Index(analyses, third(from)), slices.Index(analyses, third(to))
		if a < 0 || b < 0 {
			return "add the analysis to the list of analyses, at its place"
		}
		if b > a {
			return "a later analysis may import an earlier one, never back"
		}
	}
	return ""
}

// adapterOf is the adapter that a package belongs to: internal/source/kube, internal/report.
func adapterOf(pkg string) string {
	parts := strings.Split(pkg, "/")
	if parts[1] == "report" {
		return "report"
	}
	return strings.Join(parts[1:min(3, len(parts))], "/")
}

func third(pkg string) string {
	parts := strings.Split(pkg, "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

// arrows returns the wrong imports below a folder, and calls of time.Now in pure
// packages.
func arrows(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		local, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(local))
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			to, _ := strconv.Unquote(spec.Path.Value)
			if why := wrong(pkg, to); why != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", filepath.ToSlash(local), to, why))
			}
		}
		if room := roomOf(pkg); room >= 0 && rooms[room].pure && !slices.Contains(testSupport, pkg) && strings.Contains(string(source), "time.Now(") {
			found = append(found, filepath.ToSlash(local)+" calls time.Now: a pure package has no clock")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestImportsPointInward(t *testing.T) {
	for _, arrow := range arrows(t, filepath.Join("..", "..")) {
		t.Error(arrow)
	}
}

// The test must fail on wrong arrows: here are some, planted.
func TestWrongArrowsAreSeen(t *testing.T) {
	root := t.TempDir()
	planted := map[string]string{
		"internal/model/a.go":             `import "k8s.io/api/core/v1"`,
		"internal/snapshot/a.go":          `import "holdfast.dev/holdfast/internal/check"`,
		"internal/check/a.go":             `import "os"`,
		"internal/engine/a.go":            `import "k8s.io/client-go/rest"`,
		"internal/source/kube/a.go":       `import "holdfast.dev/holdfast/internal/source/manifest"`,
		"internal/report/a.go":            `import "holdfast.dev/holdfast/internal/source/kube"`,
		"internal/source/logfile/a.go":    `import "holdfast.dev/holdfast/internal/source/kube"`,
		"internal/source/saved/a.go":      `import "holdfast.dev/holdfast/internal/cli"`,
		"internal/analysis/workload/a.go": `import "holdfast.dev/holdfast/internal/analysis/secret"`,
		"internal/cli/a.go":               `import "holdfast.dev/holdfast/test/cluster"`,
		"internal/framework/a.go":         "import \"time\"\n\nfunc now() time.Time { return time.Now() }",
	}
	for name, body := range planted {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("package a\n\n"+body+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found := strings.Join(arrows(t, root), "\n")
	for name := range planted {
		if !strings.Contains(found, name) {
			t.Errorf("the wrong arrow of %s was not seen; seen:\n%s", name, found)
		}
	}
}
