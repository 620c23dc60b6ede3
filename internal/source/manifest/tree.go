package manifest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// tree is what stands below one named folder, by what it is. Paths start with
// the folder as it was named.
type tree struct {
	path           string   // as it was named
	folders        []string // that were looked into, the named one included
	files          []string // that may be manifests, by their names
	linked         []string // the same, by symbolic links
	archives       []string // that may be charts, by their names
	charts         []string // folders
	kustomizations []string // folders
	links          []string // symbolic links that are not resolved yet
	gaps           []model.Gap
}

// scanTree lists a folder. Symbolic links are set aside: see follow.
func scanTree(ctx context.Context, path string) *tree {
	t := &tree{path: path}
	t.folder(ctx, path)
	return t
}

func (t *tree) skip(path, reason string) {
	t.gaps = append(t.gaps, model.Gap{File: path, Reason: reason, Skipped: true})
}

func (t *tree) folder(ctx context.Context, path string) {
	if ctx.Err() != nil {
		return
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		t.gaps = append(t.gaps, model.Gap{File: path, Reason: fmt.Sprintf("the folder cannot be read: %v", reason(err))})
	}
	t.folders = append(t.folders, path)
	if holds(entries, isChartFile) {
		t.charts = append(t.charts, path)
		return
	}
	if holds(entries, isKustomizationFile) {
		t.kustomizations = append(t.kustomizations, path)
	}
	for _, entry := range entries {
		t.entry(ctx, filepath.Join(path, entry.Name()), entry)
	}
}

func (t *tree) entry(ctx context.Context, path string, entry fs.DirEntry) {
	switch mode := entry.Type(); {
	case mode&fs.ModeSymlink != 0:
		t.links = append(t.links, path)
	case mode.IsDir():
		if why := unwanted(entry.Name()); why != "" {
			t.skip(path, why)
			return
		}
		t.folder(ctx, path)
	case isArchive(path):
		t.archives = append(t.archives, path)
	case !isManifest(path):
	case !mode.IsRegular():
		t.gaps = append(t.gaps, model.Gap{File: path, Reason: fmt.Sprintf("is %s, not a file", describe(mode))})
	default:
		t.files = append(t.files, path)
	}
}

// unwanted says why a folder is not looked into, or "".
func unwanted(name string) string {
	switch {
	case strings.HasPrefix(name, "."):
		return "a hidden folder: not looked into unless it is named"
	case slices.Contains([]string{"node_modules", "bower_components", "vendor"}, name):
		return "a folder of other people's code: not looked into unless it is named"
	default:
		return ""
	}
}

func holds(entries []fs.DirEntry, is func(name string) bool) bool {
	return slices.ContainsFunc(entries, func(entry fs.DirEntry) bool { return !entry.IsDir() && is(entry.Name()) })
}

func isChartFile(name string) bool { return name == "Chart.yaml" }

func isManifest(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml", ".json":
		return true
	default:
		return false
	}
}

func isArchive(path string) bool {
	return strings.HasSuffix(path, ".tgz") || strings.HasSuffix(path, ".tar.gz")
}
