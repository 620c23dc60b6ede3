package document

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// ErrNotInPlace is wrapped by the errors of Edits: the patches are right, but the
// text is written in a way that they cannot be made in.
var ErrNotInPlace = errors.New("cannot be edited in place")

// maxEdited bounds the documents that are edited: no object is larger.
const maxEdited = 1 << 20

// wholeEdits makes the edits of any patches, and proves them on the whole text: that
// is parsed before and after each patch.
func wholeEdits(doc []byte, line int, file string, patches []model.Patch) ([]model.Edit, error) {
	if len(doc) == 0 || len(doc) > maxEdited {
		return nil, fmt.Errorf("%w: the text of the object is not at hand", ErrNotInPlace)
	}
	want, err := resolved(doc, patches)
	if err != nil {
		return nil, err
	}
	pieces := newPieces(doc)
	first := 0
	for _, patch := range patches {
		e, err := newEditor(pieces.bytes())
		if err != nil {
			return nil, err
		}
		first = cmp.Or(first, e.root.Line)
		if err := e.patch(patch); err != nil {
			return nil, fmt.Errorf("%s: %w", patch.Path, err)
		}
		for _, change := range slices.Backward(e.changes) {
			pieces.replace(change)
		}
	}
	if got, err := tree(pieces.bytes()); err != nil || !reflect.DeepEqual(got, want) {
		return nil, fmt.Errorf("%w: the text is written in an unusual way", ErrNotInPlace)
	}
	return pieces.edits(file, line-first), nil
}

// resolved is what the patches are to make of the object.
func resolved(doc []byte, patches []model.Patch) (any, error) {
	if len(patches) == 0 {
		return tree(doc)
	}
	raw, err := rawTree(doc)
	if err != nil {
		return nil, err
	}
	raw, err = patchedIn(raw, patches)
	if err != nil {
		return nil, err
	}
	return parsed(raw)
}

// patchedIn is what the patches are to make of an object, or of a part of it that
// their paths start from.
func patchedIn(raw []byte, patches []model.Patch) ([]byte, error) {
	ref := patches[0].Object
	for _, patch := range patches {
		if patch.Path == "" || patch.Object.ID != ref.ID {
			return nil, fmt.Errorf("%w: a whole object is not edited", ErrNotInPlace)
		}
	}
	s := snapshot.New(snapshot.Settings{Cluster: ref.Cluster}, snapshot.Change{Put: &snapshot.Object{Ref: ref, Body: snapshot.JSON(raw)}})
	changes, err := s.Resolve(patches...)
	if err != nil {
		return nil, err
	}
	return changes[0].Put.Encode()
}

// tree is what a text says, whatever its kind.
func tree(doc []byte) (any, error) {
	raw, err := rawTree(doc)
	if err != nil {
		return nil, err
	}
	return parsed(raw)
}

func rawTree(doc []byte) ([]byte, error) {
	root, err := rootOf(doc)
	if err != nil {
		return nil, err
	}
	return rawOf(root, nil, len(doc))
}

// rawOf is what a node of a text of that size says, at that path of an object.
func rawOf(root *yaml.Node, path []model.Segment, size int) ([]byte, error) {
	r := &reading{decoder: &Decoder{}, emit: func(snapshot.Change) {}, budget: baseBudget + nodesPerByte*size}
	w := &walk{reading: r, path: path}
	raw := w.appendJSON(nil, root, root.Line, snapshot.RootPath)
	if slices.ContainsFunc(w.gaps, model.Gap.Hides) {
		return nil, fmt.Errorf("%w: part of the text is not understood", ErrNotInPlace)
	}
	return raw, nil
}

func parsed(raw []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	return value, err
}

// rootOf parses the text of one object: a document, or an item of a List with its
// "- ".
func rootOf(doc []byte) (*yaml.Node, error) {
	nodes, err := parseYAML(doc)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotInPlace, err)
	}
	for _, node := range nodes {
		if len(node.Content) == 0 {
			continue
		}
		root := node.Content[0]
		if root.Kind == yaml.SequenceNode && root.Style&yaml.FlowStyle == 0 && len(root.Content) == 1 {
			root = root.Content[0]
		}
		if root.Kind == yaml.MappingNode {
			return root, nil
		}
	}
	return nil, fmt.Errorf("%w: the text holds no object", ErrNotInPlace)
}

// Apply makes the edits in a text. They must not overlap; insertions at one place
// are made in the order given.
func Apply(text []byte, edits []model.Edit) ([]byte, error) {
	index := newIndex(text)
	changes := make([]change, len(edits))
	for i, edit := range edits {
		start, end := index.offset(edit.StartLine, edit.StartColumn), index.offset(edit.EndLine, edit.EndColumn)
		if start < 0 || end < start {
			return nil, fmt.Errorf("%s: there is no region %d:%d-%d:%d", edit.File, edit.StartLine, edit.StartColumn, edit.EndLine, edit.EndColumn)
		}
		changes[i] = change{start: start, end: end, text: edit.Text}
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.start, b.start) })
	var out []byte
	at := 0
	for i, change := range changes {
		if change.start < at {
			return nil, fmt.Errorf("edits of line %d of %s overlap", edits[i].StartLine, edits[i].File)
		}
		out = append(append(out, text[at:change.start]...), change.text...)
		at = change.end
	}
	return append(out, text[at:]...), nil
}

// change replaces bytes of a text.
type change struct {
	start, end int
	text       string
}

// index finds places of a text by line and column.
type index struct {
	text  []byte
	start []int // offset of each line
}

func newIndex(text []byte) index {
	start := []int{0}
	for i, c := range text {
		if c == '\n' {
			start = append(start, i+1)
		}
	}
	if bytes.HasPrefix(text, []byte(byteOrderMark)) {
		start[0] = len(byteOrderMark) // it takes no column
	}
	return index{text: text, start: start}
}

// offset is the offset of a place, -1 if there is none. Columns count characters.
func (x index) offset(line, column int) int {
	if line < 1 || line > len(x.start) || column < 1 {
		return -1
	}
	at := x.start[line-1]
	for ; column > 1; column-- {
		if at >= len(x.text) || x.text[at] == '\n' {
			return -1
		}
		_, size := utf8.DecodeRune(x.text[at:])
		at += size
	}
	return at
}

// place is the line and column of an offset.
func (x index) place(offset int) (line, column int) {
	line, found := slices.BinarySearch(x.start, offset)
	if found {
		line++
	}
	line = max(line, 1)
	return line, 1 + utf8.RuneCount(x.text[x.start[line-1]:max(offset, x.start[line-1])])
}
