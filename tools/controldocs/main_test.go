package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The pages must be what the checks and fixtures make of them.
func TestPagesAreGenerated(t *testing.T) {
	pages, err := render(filepath.Join("..", "..", "internal", "check"))
	if err != nil {
		t.Fatal(err)
	}
	current(t, filepath.Join("..", "..", "docs", "reference", "controls"), pages)
}

// So must those of the techniques.
func TestTechniquePagesAreGenerated(t *testing.T) {
	pages, err := renderTechniques(filepath.Join("..", "..", "internal", "attack", "techniques"))
	if err != nil {
		t.Fatal(err)
	}
	current(t, filepath.Join("..", "..", "docs", "reference", "techniques"), pages)
}

func current(t *testing.T, folder string, pages map[string][]byte) {
	t.Helper()
	for name, want := range pages {
		have, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || string(have) != string(want) {
			t.Errorf("%s is old (%v): run make generate", name, err)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if pages[entry.Name()] == nil {
			t.Errorf("%s belongs to nothing: run make generate", entry.Name())
		}
	}
}
