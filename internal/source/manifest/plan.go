package manifest

import (
	"context"
	"fmt"
	"os"
	"slices"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// plan finds out what each path is and lists what is to be read, in order.
func (s *Source) plan(ctx context.Context) []unit {
	var units []unit
	for _, path := range s.options.Paths {
		root := &tally{}
		units = append(units, s.planPath(ctx, path, root)...)
	}
	return units
}

func (s *Source) planPath(ctx context.Context, path string, root *tally) []unit {
	if path == "-" {
		return []unit{s.stdinUnit(root)}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return []unit{gapUnit(root, model.Gap{File: path, Reason: fmt.Sprintf("cannot be read: %v", reason(err))})}
	case info.IsDir():
		return s.planFolder(ctx, path, root)
	default:
		return []unit{s.fileUnit(root, path, true)}
	}
}

func (s *Source) planFolder(ctx context.Context, path string, root *tally) []unit {
	tree := scanTree(ctx, path)
	slices.Sort(tree.files)
	var units []unit
	for _, gap := range tree.gaps {
		units = append(units, gapUnit(root, gap))
	}
	for _, file := range tree.files {
		units = append(units, s.fileUnit(root, file, false))
	}
	return append(units, unit{root: root, end: func() []snapshot.Change { return nothingFound(root, path) }})
}

// nothingFound says that a named folder gave nothing, which is seldom what the
// one who named it wanted to hear.
func nothingFound(root *tally, path string) []snapshot.Change {
	if root.objects > 0 || root.gaps > 0 {
		return nil
	}
	return []snapshot.Change{{Gap: &model.Gap{File: path, Reason: "no manifests found: there is no Kubernetes object in this folder"}}}
}

func (s *Source) fileUnit(root *tally, path string, asked bool) unit {
	return unit{root: root, read: func(ctx context.Context) []snapshot.Change {
		data, err := readFile(ctx, path, s.options.MaxFileBytes)
		if err != nil {
			return []snapshot.Change{{Gap: &model.Gap{File: path, Reason: fmt.Sprintf("cannot be read: %v", err)}}}
		}
		return s.decode(ctx, document.Text{File: path, Data: data, Editable: true, Asked: asked})
	}}
}

func (s *Source) stdinUnit(root *tally) unit {
	const name = "<stdin>"
	return unit{root: root, read: func(ctx context.Context) []snapshot.Change {
		if s.options.Stdin == nil {
			return []snapshot.Change{{Gap: &model.Gap{File: name, Reason: "there is no standard input"}}}
		}
		data, err := readAll(s.options.Stdin, 0, s.options.MaxFileBytes)
		if err != nil {
			return []snapshot.Change{{Gap: &model.Gap{File: name, Reason: fmt.Sprintf("cannot be read: %v", err)}}}
		}
		return s.decode(ctx, document.Text{File: name, Data: data, Asked: true})
	}}
}
