package manifest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"holdfast.dev/holdfast/internal/model"
)

// followLinks resolves the symbolic links that the folders hold. Inside the named
// folders a link is one more name of something that is read anyway, or that stands
// in a folder that is not looked into. A link out of them is not followed.
func (p *plan) followLinks(ctx context.Context) {
	walked := map[string]bool{}
	var insides []string
	for _, root := range p.roots {
		if root.tree != nil && len(root.tree.folders) > 0 {
			insides = append(insides, realPath(root.path))
			for _, folder := range root.tree.folders {
				walked[realPath(folder)] = true
			}
		}
	}
	for _, root := range p.roots {
		if root.tree == nil {
			continue
		}
		// Following a link can find more links: the list grows.
		slices.Sort(root.tree.links)
		for i := 0; i < len(root.tree.links); i++ {
			p.followLink(ctx, root.tree, root.tree.links[i], insides, walked)
		}
	}
}

func (p *plan) followLink(ctx context.Context, t *tree, path string, insides []string, walked map[string]bool) {
	wanted := isManifest(path) || isArchive(path)
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		t.gaps = append(t.gaps, model.Gap{File: path, Reason: fmt.Sprintf("a symbolic link that leads nowhere: %v", reason(err)), Skipped: !wanted})
		return
	}
	info, err := os.Stat(real)
	inside := slices.ContainsFunc(insides, func(root string) bool { return within(real, root) })
	switch {
	case err != nil:
		t.gaps = append(t.gaps, model.Gap{File: path, Reason: fmt.Sprintf("cannot be read: %v", reason(err)), Skipped: !wanted})
	case !info.IsDir() && !wanted:
	case !inside:
		t.gaps = append(t.gaps, model.Gap{File: path, Skipped: info.IsDir(), Reason: fmt.Sprintf("a symbolic link to %s, which is outside of the folder: not followed; name that to have it read", real)})
	case info.IsDir() && walked[real]:
	case info.IsDir() && unwanted(filepath.Base(path)) == "":
		before := len(t.folders)
		t.folder(ctx, path)
		for _, folder := range t.folders[before:] {
			walked[realPath(folder)] = true
		}
	case info.IsDir():
	case isArchive(path):
		t.archives = append(t.archives, path)
	case info.Mode().IsRegular():
		t.linked = append(t.linked, path)
	default:
		t.gaps = append(t.gaps, model.Gap{File: path, Reason: fmt.Sprintf("leads to %s, not a file", describe(info.Mode()))})
	}
}
