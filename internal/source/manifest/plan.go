package manifest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// plan is what a reading is going to read.
type plan struct {
	source     *Source
	roots      []*root
	kustomizer *kustomizer
	asked      map[string]bool   // real paths of files that were named
	taken      map[string]bool   // real paths that have a unit
	folders    map[string]string // folder as written to its real path
}

// root is one named path and what it led to.
type root struct {
	path  string
	tree  *tree // nil unless it is a folder to be searched
	tally tally
	units []unit
}

// plan finds out what each path is and lists what is to be read, in order.
func (s *Source) plan(ctx context.Context) []unit {
	p := &plan{source: s, kustomizer: newKustomizer(s), asked: map[string]bool{}, taken: map[string]bool{}, folders: map[string]string{}}
	for _, path := range s.options.Paths {
		p.addRoot(ctx, path)
	}
	p.followLinks(ctx)
	p.planKustomizations(ctx)
	for _, root := range p.roots {
		p.planFiles(root)
	}
	var units []unit
	for _, root := range p.roots {
		p.planLinks(root)
		slices.SortStableFunc(root.units, func(a, b unit) int { return strings.Compare(a.path, b.path) })
		units = append(units, root.units...)
		if root.tree != nil {
			units = append(units, unit{tally: &root.tally, end: root.nothingFound})
		}
	}
	return units
}

// addRoot finds out what a named path is.
func (p *plan) addRoot(ctx context.Context, path string) {
	root := &root{path: path}
	p.roots = append(p.roots, root)
	if path == "-" {
		root.add(path, p.source.readStdin)
		return
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		root.gap(model.Gap{File: path, Reason: fmt.Sprintf("cannot be read: %v", reason(err))})
	case info.IsDir():
		root.tree = scanTree(ctx, path)
	case isChartFile(filepath.Base(path)):
		p.addChart(root, filepath.Dir(path), true)
	case isKustomizationFile(filepath.Base(path)):
		root.tree = &tree{path: path, kustomizations: []string{filepath.Dir(path)}, files: []string{path}}
		p.asked[realPath(path)] = true
	case isArchive(path):
		p.addChart(root, path, true)
	default:
		p.asked[realPath(path)] = true
		p.addFile(root, path)
	}
}

func (r *root) add(path string, read func(context.Context) []snapshot.Change) {
	r.units = append(r.units, unit{path: path, tally: &r.tally, read: read})
}

func (r *root) gap(gap model.Gap) {
	r.add(gap.File, func(context.Context) []snapshot.Change { return []snapshot.Change{gapChange(gap)} })
}

// take reports whether a path, whose real path it returns, is taken for the first
// time; one that is read under another root is found all the same.
func (p *plan) take(root *root, path string) (real string, first bool) {
	real = p.real(path)
	if p.taken[real] {
		root.tally.elsewhere++
		return real, false
	}
	p.taken[real] = true
	return real, true
}

// real is realPath for many files of few folders: a folder is resolved once, and a
// file in it only when it is a link.
func (p *plan) real(path string) string {
	folder, name := filepath.Split(path)
	real, ok := p.folders[folder]
	if !ok {
		real = realPath(folder)
		p.folders[folder] = real
	}
	inside := filepath.Join(real, name)
	if info, err := os.Lstat(inside); err == nil && info.Mode()&os.ModeSymlink == 0 {
		return inside
	}
	return realPath(path)
}

func (p *plan) addFile(root *root, path string) {
	if real, first := p.take(root, path); first {
		asked := p.asked[real]
		root.add(path, func(ctx context.Context) []snapshot.Change { return p.source.readManifest(ctx, path, asked) })
	}
}

func (p *plan) addChart(root *root, path string, asked bool) {
	if _, first := p.take(root, path); first {
		root.add(path, func(ctx context.Context) []snapshot.Change { return p.source.readChart(ctx, path, asked) })
	}
}

// planKustomizations decides which kustomizations are rendered: those that no
// other one uses. What they use is no manifest of its own.
func (p *plan) planKustomizations(ctx context.Context) {
	var found []*kustomization
	owner := map[*kustomization]*root{}
	for _, root := range p.roots {
		if root.tree == nil {
			continue
		}
		for _, dir := range root.tree.kustomizations {
			k := p.kustomizer.load(ctx, dir)
			if k == nil || k.foreign {
				continue // its file is read like any other
			}
			if owner[k] != nil {
				root.tally.elsewhere++
				continue
			}
			owner[k] = root
			found = append(found, k)
		}
	}
	slices.SortFunc(found, func(a, b *kustomization) int { return strings.Compare(a.dir, b.dir) })
	closures := make(map[*kustomization]*closure, len(found))
	used := map[*kustomization]bool{}
	for _, k := range found {
		closures[k] = p.kustomizer.closure(ctx, k)
		for _, part := range closures[k].all[1:] {
			used[part] = true
		}
		for file := range closures[k].files {
			p.taken[file] = true
		}
	}
	p.renderTops(found, closures, used, owner)
}

// renderTops adds the kustomizations that are rendered: those that none uses, and
// of those that use each other in a circle the first.
func (p *plan) renderTops(found []*kustomization, closures map[*kustomization]*closure, used map[*kustomization]bool, owner map[*kustomization]*root) {
	reached := map[*kustomization]bool{}
	top := func(k *kustomization) {
		for _, part := range closures[k].all {
			reached[part] = true
		}
		p.kustomizer.tell(closures[k])
		owner[k].add(k.file, func(ctx context.Context) []snapshot.Change { return p.kustomizer.read(ctx, closures[k]) })
		owner[k].units[len(owner[k].units)-1].via = k.file
	}
	for _, k := range found {
		if !used[k] && !k.component() {
			top(k)
		}
	}
	for _, k := range found {
		switch {
		case reached[k]:
			owner[k].tally.elsewhere++
		case k.component() && k.stopped:
			top(k) // what is wrong with it is said
		case k.component():
			asked := p.asked[realPath(k.file)] || owner[k].tree.path == filepath.Dir(k.file)
			owner[k].gap(model.Gap{File: k.file, Skipped: !asked, Reason: "a Component cannot stand alone, and no kustomization that is read uses it: not judged"})
		default:
			top(k)
		}
	}
}

// planFiles adds what a folder holds and kustomizations do not use.
func (p *plan) planFiles(root *root) {
	if root.tree == nil {
		return
	}
	for _, gap := range root.tree.gaps {
		root.gap(gap)
	}
	for _, chart := range append(root.tree.charts, root.tree.archives...) {
		p.addChart(root, chart, chart == root.path)
	}
	for _, file := range root.tree.files {
		p.addFile(root, file)
	}
}

// planLinks adds what symbolic links lead to and nothing else has as its own.
func (p *plan) planLinks(root *root) {
	if root.tree == nil {
		return
	}
	for _, file := range root.tree.linked {
		p.addFile(root, file)
	}
}

// nothingFound says that a named folder gave nothing, which is seldom what the
// one who named it wanted to hear.
func (r *root) nothingFound() []snapshot.Change {
	if r.tally != (tally{}) {
		return nil
	}
	return []snapshot.Change{gapChange(model.Gap{File: r.path, Reason: "no manifests found: there is no Kubernetes object in this folder"})}
}

func (s *Source) readManifest(ctx context.Context, path string, asked bool) []snapshot.Change {
	read := readRegular
	if asked {
		read = readFile // a shell's <(...), perhaps
	}
	data, err := read(ctx, path, s.options.MaxFileBytes)
	if err != nil {
		return []snapshot.Change{gapChange(model.Gap{File: path, Reason: fmt.Sprintf("cannot be read: %v", err)})}
	}
	return s.decode(ctx, document.Text{File: path, Data: data, Editable: true, Asked: asked})
}

func (s *Source) readStdin(ctx context.Context) []snapshot.Change {
	const name = "<stdin>"
	if s.options.Stdin == nil {
		return []snapshot.Change{gapChange(model.Gap{File: name, Reason: "there is no standard input"})}
	}
	data, err := readStream(ctx, s.options.Stdin, s.options.MaxFileBytes)
	if err != nil {
		return []snapshot.Change{gapChange(model.Gap{File: name, Reason: fmt.Sprintf("cannot be read: %v", err)})}
	}
	return s.decode(ctx, document.Text{File: name, Data: data, Asked: true})
}
