package document

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"holdfast.dev/holdfast/internal/model"
)

// Editor turns patches of one object into edits of its text. It reads the text once
// for any number of fixes. It is not safe for concurrent use.
type Editor struct {
	doc  []byte
	line int
	file string

	read bool
	base *editor // nil: edits are proved on the whole text
}

// NewEditor returns the Editor of an object: doc and line are the Doc and Line of
// its Origin, file its File.
func NewEditor(doc []byte, line int, file string) *Editor {
	return &Editor{doc: doc, line: line, file: file}
}

// Edits turns patches of the object into edits that leave everything else, comments
// included, as it is.
//
// The edits are proved before they are returned: the edited text decodes to what
// Snapshot.Resolve makes of the patches, or there is an error. Where the text allows
// it, only the lines around an edit are read again for that; see region.
func (e *Editor) Edits(patches []model.Patch) ([]model.Edit, error) {
	if len(patches) == 1 {
		if edits, ok := e.local(patches[0]); ok {
			return edits, nil
		}
	}
	return wholeEdits(e.doc, e.line, e.file, patches)
}

// local makes the edits of one patch if they can be proved without the whole text.
func (e *Editor) local(patch model.Patch) ([]model.Edit, bool) {
	if !e.read {
		e.read = true
		e.base = localEditor(e.doc)
	}
	if e.base == nil || patch.Path == "" {
		return nil, false
	}
	segments, err := patch.Path.Segments()
	if err != nil {
		return nil, false
	}
	at := *e.base
	if err := at.patch(patch); err != nil || len(at.changes) == 0 || !at.proved(patch, segments) {
		return nil, false
	}
	pieces := newPieces(e.doc)
	for _, change := range slices.Backward(at.changes) {
		pieces.replace(change)
	}
	return pieces.edits(e.file, e.line-at.root.Line), true
}

// localEditor reads a text; nil when what one part of it says may depend on another,
// or when it is not what a proof on the whole would take.
func localEditor(doc []byte) *editor {
	if len(doc) == 0 || len(doc) > maxEdited {
		return nil
	}
	e, err := newEditor(doc)
	if err != nil || !isSeparable(e.root) {
		return nil
	}
	if _, err := rawOf(e.root, nil, len(doc)); err != nil {
		return nil
	}
	return e
}

// isSeparable reports whether every part of a tree can be read by itself and comes
// through JSON as it is written: nothing is shared, tagged or merged, and numbers are
// spelled as JSON spells them.
func isSeparable(node *yaml.Node) bool {
	if node.Anchor != "" || node.Kind == yaml.AliasNode || node.Style&yaml.TaggedStyle != 0 || node.Tag == mergeTag {
		return false
	}
	if node.Kind == yaml.ScalarNode && node.Value != "" && strings.IndexByte("+-.0123456789", node.Value[0]) >= 0 {
		return isExact(node)
	}
	for _, child := range node.Content {
		if !isSeparable(child) {
			return false
		}
	}
	return true
}

// isExact reports whether a scalar is text, or a number that JSON writes the same.
func isExact(node *yaml.Node) bool {
	meant, raw := senseOf(node)
	if meant == text {
		return true
	}
	var value any
	if err := json.Unmarshal([]byte(raw), &value); err != nil {
		return false
	}
	again, err := json.Marshal(value)
	return err == nil && string(again) == raw
}

// region is a run of entries of a block map on lines of their own. What they say
// depends on these lines alone: in block context, the YAML scanner knows of what
// stands before them nothing but how far the enclosing maps and lists are indented,
// and what stands after them is indented less, or as far as the entries' keys. So an
// edit within the region is right if the region, read by itself, says what the patch
// makes of it.
type region struct {
	prefix     []model.Segment // of the map
	rest       []model.Segment // of the patch, from the map on
	node       *yaml.Node      // the map
	first, end int             // the entries, as indexes of the map's Content
	start      int             // offset of the first line, or of the first key if more than blanks stands before it
	limit      int             // offset of the line after the last entry
}

// proved reports whether the changes are shown to make what the patch is to make.
func (e *editor) proved(patch model.Patch, segments []model.Segment) bool {
	for _, r := range slices.Backward(e.regions(patch.Op, segments)) {
		if e.changes[0].start >= r.start && e.changes[len(e.changes)-1].end <= r.limit {
			return e.provedIn(r, patch)
		}
	}
	return false
}

// regions lists the regions that hold what the path leads to, the widest first.
func (e *editor) regions(op model.Op, segments []model.Segment) []region {
	var list []region
	node, limit := e.root, len(e.text)
	for i := 0; i < len(segments) && isBlockMap(node); {
		keys := node.Content
		at := keyIndex(keys, segments[i].Key)
		r := region{prefix: segments[:i], rest: segments[i:], node: node, first: at, end: at + 2}
		if at < 0 { // what is added follows the last entry
			r.first, r.end = len(keys)-2, len(keys)
		} else if op == model.Remove && len(r.rest) == 1 { // something must be left to be read
			r.first, r.end = max(at-2, 0), min(at+4, len(keys))
		}
		if r.start, r.limit = e.start(keys[r.first]), e.entryEnd(keys, r.end, limit); r.start < 0 || r.limit < 0 {
			return list
		}
		if e.indented(r.start) {
			r.start = e.lineStart(r.start)
		}
		list = append(list, r)
		if at < 0 {
			return list
		}
		limit = e.entryEnd(keys, at+2, limit)
		node = keys[at+1]
		for i++; i < len(segments) && node.Kind == yaml.SequenceNode; i++ {
			if node, limit = e.item(node, segments[i].Index, limit); node == nil {
				return list
			}
		}
	}
	return list
}

func isBlockMap(node *yaml.Node) bool {
	return node.Kind == yaml.MappingNode && node.Style&yaml.FlowStyle == 0 && len(node.Content) > 0
}

func keyIndex(content []*yaml.Node, key string) int {
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value == key {
			return i
		}
	}
	return -1
}

// entryEnd is where the line of the key at an index starts, limit when there is none.
func (e *editor) entryEnd(keys []*yaml.Node, i, limit int) int {
	if i >= len(keys) {
		return limit
	}
	start := e.start(keys[i])
	if start < 0 || !e.indented(start) {
		return -1
	}
	return e.lineStart(start)
}

// item is an element of a block list and where its lines end; nil when it does not
// stand on lines of its own.
func (e *editor) item(list *yaml.Node, i, limit int) (*yaml.Node, int) {
	if i < 0 || i >= len(list.Content) || list.Style&yaml.FlowStyle != 0 {
		return nil, 0
	}
	if i+1 < len(list.Content) {
		dash := e.dash(list.Content[i+1])
		if dash < 0 || !e.indented(dash) {
			return nil, 0
		}
		limit = e.lineStart(dash)
	}
	return list.Content[i], limit
}

// provedIn compares what the patch makes of a region with what the changed region
// says, read by itself.
func (e *editor) provedIn(r region, patch model.Patch) bool {
	part := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: r.node.Content[r.first:r.end]}
	before, err := rawOf(part, slices.Clone(r.prefix), len(e.text))
	if err != nil {
		return false
	}
	patch.Path = pathOf(r.rest)
	want, err := patchedIn(before, []model.Patch{patch})
	if err != nil {
		return false
	}
	text, ok := e.changed(r)
	if !ok {
		return false
	}
	nodes, err := parseYAML(text)
	if err != nil || len(nodes) != 1 || len(nodes[0].Content) != 1 {
		return false
	}
	root := nodes[0].Content[0]
	if !isBlockMap(root) || root.Content[0].Column != r.node.Content[0].Column || !isSeparable(root) {
		return false
	}
	after, err := rawOf(root, slices.Clone(r.prefix), len(e.text))
	if err != nil {
		return false
	}
	got, err := normalised(after) // both texts are exact: nothing is lost
	return err == nil && bytes.Equal(got, want)
}

// normalised writes JSON as json.Marshal does.
func normalised(raw []byte) ([]byte, error) {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// changed is the changed text of a region. The dashes before its first key, of the
// lists that the map is the first thing in, become blanks.
func (e *editor) changed(r region) (text []byte, ok bool) {
	lead := e.text[e.lineStart(r.start):r.start]
	if len(bytes.Trim(lead, " -")) > 0 {
		return nil, false
	}
	text = slices.Grow(text, r.limit-r.start+256)
	text = append(text, bytes.Repeat([]byte(" "), len(lead))...)
	at := r.start
	for _, change := range e.changes {
		text = append(append(text, e.text[at:change.start]...), change.text...)
		at = change.end
	}
	text = append(text, e.text[at:r.limit]...)
	return text, (r.limit == len(e.text) || bytes.HasSuffix(text, []byte("\n"))) && !hasMarker(text)
}

// hasMarker reports whether a line may start or end a document: what follows would
// not be read.
func hasMarker(text []byte) bool {
	for _, marker := range []string{"---", "..."} {
		if bytes.HasPrefix(text, []byte(marker)) || bytes.Contains(text, []byte("\n"+marker)) {
			return true
		}
	}
	return false
}

func pathOf(segments []model.Segment) model.Path {
	var path model.Path
	for _, segment := range segments {
		if segment.Index >= 0 {
			path = path.Index(segment.Index)
		} else {
			path = path.Child(segment.Key)
		}
	}
	return path
}

// Edits is the Edits of an Editor that is used once.
func Edits(doc []byte, line int, file string, patches []model.Patch) ([]model.Edit, error) {
	return NewEditor(doc, line, file).Edits(patches)
}
