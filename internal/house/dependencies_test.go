package house

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each module that go.mod requires directly has its line in docs/dependencies.md.
func TestDependenciesAreDocumented(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	direct := 0
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(line)
		if !strings.HasPrefix(line, "\t") || len(fields) != 2 || !strings.HasPrefix(fields[1], "v") {
			continue
		}
		direct++
		if !strings.Contains(string(page), fields[0]) {
			t.Errorf("docs/dependencies.md does not say what %s is for", fields[0])
		}
	}
	if direct < 10 {
		t.Errorf("only %d direct requirements were found in go.mod", direct)
	}
}
