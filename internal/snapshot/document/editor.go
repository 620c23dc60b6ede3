package document

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"holdfast.dev/holdfast/internal/model"
)

// editor makes the changes of one patch in the text of one object.
type editor struct {
	extent
	style   style
	root    *yaml.Node
	changes []change // in the order of the text, none overlapping
}

func newEditor(text []byte) (*editor, error) {
	if oddBreaks(text) != nil {
		return nil, fmt.Errorf("%w: lines end in an unusual way", ErrNotInPlace)
	}
	root, err := rootOf(text)
	if err != nil {
		return nil, err
	}
	return &editor{extent: extent{text: text, index: newIndex(text)}, style: styleOf(text, root), root: root}, nil
}

// place is a node and the way to it.
type place struct {
	node   *yaml.Node
	parent *place // nil for the root
	at     int    // index in the parent's Content
	flow   bool   // within braces or brackets, the node's own not counted
}

func (p *place) child(i int) *place {
	return &place{node: p.node.Content[i], parent: p, at: i, flow: p.flow || p.node.Style&yaml.FlowStyle != 0}
}

func (e *editor) patch(patch model.Patch) error {
	segments, err := patch.Path.Segments()
	if err != nil {
		return err
	}
	found, rest, err := e.find(segments)
	if err != nil {
		return err
	}
	if patch.Op == model.Remove {
		if len(rest) > 0 {
			return nil // it is not there
		}
		return e.remove(found)
	}
	value, err := newJSONTree(patch.Value, 0).next()
	if err != nil {
		return fmt.Errorf("value: %w", err)
	}
	if patch.Op == model.Add {
		if len(rest) == 0 && found.node.Kind == yaml.SequenceNode && len(found.node.Content) > 0 {
			return e.add(found, value)
		}
		value = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{value}}
	}
	for _, segment := range slices.Backward(rest[min(1, len(rest)):]) {
		value = mapOf(textNode(segment.Key), value)
	}
	if len(rest) > 0 {
		return e.insert(found, textNode(rest[0].Key), value)
	}
	return e.set(found, value)
}

// find goes as far down a path as the text does, and returns the rest.
func (e *editor) find(segments []model.Segment) (*place, []model.Segment, error) {
	at := &place{node: e.root}
	for i, segment := range segments {
		if at.node.Kind == yaml.AliasNode {
			return nil, nil, fmt.Errorf("%w: it is part of what *%s stands for", ErrNotInPlace, at.node.Value)
		}
		child := -1
		if segment.Index >= 0 && at.node.Kind == yaml.SequenceNode && segment.Index < len(at.node.Content) {
			child = segment.Index
		} else if segment.Index < 0 && at.node.Kind == yaml.MappingNode {
			for j := 0; j+1 < len(at.node.Content); j += 2 {
				if at.node.Content[j].Value == segment.Key {
					child = j + 1
				}
			}
		}
		if child < 0 {
			return at, segments[i:], nil
		}
		at = at.child(child)
	}
	return at, nil, nil
}

func textNode(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

func mapOf(key, value *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{key, value}}
}

// change notes a change; offsets of -1 are places that were not found.
func (e *editor) change(start, end int, text string) error {
	if start < 0 || end < start || len(e.changes) > 0 && start < e.changes[len(e.changes)-1].end {
		return fmt.Errorf("%w: the text is written in an unusual way", ErrNotInPlace)
	}
	if start < end || text != "" {
		e.changes = append(e.changes, change{start: start, end: end, text: text})
	}
	return nil
}

// lines joins rendered lines, each on a line of its own.
func (e *editor) lines(lines []string) string {
	return e.style.eol + strings.Join(lines, e.style.eol)
}

// insert adds a key to the map at a place, or makes a map of a null.
func (e *editor) insert(at *place, key, value *yaml.Node) error {
	node := at.node
	switch {
	case isNull(node):
		return e.set(at, mapOf(key, value))
	case node.Kind != yaml.MappingNode:
		return fmt.Errorf("%w: there is no map to put %q into", ErrNotInPlace, key.Value)
	case len(node.Content) == 0 && !at.flow && at.parent != nil && !e.style.json:
		return e.set(at, mapOf(key, value))
	case node.Style&yaml.FlowStyle != 0:
		return e.insertFlow(node, e.style.inline(key)+": "+e.style.inline(value))
	}
	last := e.end(node, 0)
	if last < 0 {
		return e.change(-1, 0, "")
	}
	end := e.lineEnd(last)
	return e.change(end, end, e.lines(e.style.entry(key, value, node.Content[0].Column-1)))
}

// insertFlow adds an element at the end of a flow map or list: on a line of its
// own if the others have one.
func (e *editor) insertFlow(node *yaml.Node, element string) error {
	end := e.end(node, 0)
	if end < 0 || len(node.Content) == 0 {
		return e.change(end-1, end-1, element)
	}
	last := e.flowItemEnd(node, len(node.Content)-1)
	first := node.Content[len(node.Content)-1]
	if node.Kind == yaml.MappingNode {
		first = node.Content[len(node.Content)-2]
	}
	comma, glue := ",", " "
	if at := e.skipSpace(last); at < len(e.text) && e.text[at] == ',' {
		comma, last = "", at+1
	}
	if start := e.start(first); bytes.IndexByte(e.text[last:end], '\n') >= 0 && e.indented(start) {
		glue = e.style.eol + strings.Repeat(" ", first.Column-1)
	}
	return e.change(last, last, comma+glue+element)
}

// add appends an element to a list that is not empty.
func (e *editor) add(at *place, value *yaml.Node) error {
	node := at.node
	if node.Style&yaml.FlowStyle != 0 {
		return e.insertFlow(node, e.style.inline(value))
	}
	last, dash := e.end(node, 0), e.dash(node.Content[0])
	if last < 0 || dash < 0 {
		return e.change(-1, 0, "")
	}
	end := e.lineEnd(last)
	return e.change(end, end, e.lines(e.style.item(value, dash-e.lineStart(dash))))
}

// dash is the offset of the "-" before an element of a block list.
func (e *editor) dash(item *yaml.Node) int {
	start := e.start(item)
	if start < 0 {
		return -1
	}
	before := bytes.TrimRight(e.text[:start], " \t\r\n")
	if len(before) == 0 || before[len(before)-1] != '-' {
		return -1
	}
	return len(before) - 1
}

// set replaces a value.
func (e *editor) set(at *place, value *yaml.Node) error {
	node := at.node
	if node.Anchor != "" || node.Style&yaml.TaggedStyle != 0 || at.parent == nil {
		return fmt.Errorf("%w: it has an anchor or a tag", ErrNotInPlace)
	}
	if at.flow || e.style.json {
		start, end := e.start(node), e.end(node, 0)
		if isEmpty(node) {
			end = start
		}
		return e.change(start, end, e.replacement(at, value))
	}
	if at.parent.node.Kind == yaml.SequenceNode {
		return e.setItem(at, value)
	}
	return e.setEntry(at, value)
}

// replacement renders a value that stays on its line.
func (e *editor) replacement(at *place, value *yaml.Node) string {
	text := e.style.inline(value)
	if value.Kind == yaml.ScalarNode {
		text = e.style.scalar(value, at.node.Style)
	}
	if start := e.start(at.node); isEmpty(at.node) && start > 0 && e.text[start-1] != ' ' {
		return " " + text
	}
	return text
}

// setItem replaces an element of a block list.
func (e *editor) setItem(at *place, value *yaml.Node) error {
	node, dash := at.node, e.dash(at.node)
	if dash < 0 {
		return e.change(-1, 0, "")
	}
	indent := dash - e.lineStart(dash)
	end := dash + 1
	if !isEmpty(node) {
		end = e.end(node, indent)
	}
	text := strings.Join(e.style.item(value, indent), e.style.eol)[indent+1:]
	if value.Kind == yaml.ScalarNode {
		text = " " + e.style.scalar(value, node.Style)
	}
	return e.change(dash+1, end, text)
}

// setEntry replaces the value of a key of a block map. What stands on the line of
// the key may be followed by a comment, which stays there.
func (e *editor) setEntry(at *place, value *yaml.Node) error {
	node, key := at.node, at.parent.node.Content[at.at-1]
	colon, end := e.colon(key), e.valueEnd(key, node)
	if colon < 0 || end < colon {
		return e.change(-1, 0, "")
	}
	inline, block := "", ""
	if isInline(value) {
		inline = " " + strings.TrimPrefix(e.replacement(at, value), " ")
	} else {
		block = e.lines(e.style.block(value, key.Column-1+e.style.step(value)))
	}
	if line := e.lineEnd(colon); node.Line > key.Line || end > line {
		// The old value is on lines of its own: what is left on the line of the
		// key is a comment, or the header of a block scalar.
		if node.Line == key.Line {
			return e.change(colon, end, inline+block)
		}
		if err := e.change(colon, colon, inline); err != nil {
			return err
		}
		return e.change(line, e.lineEnd(end), block)
	}
	if err := e.change(colon, end, inline); err != nil || block == "" {
		return err
	}
	line := e.lineEnd(end)
	return e.change(line, line, block)
}

// remove deletes a key or an element of a list.
func (e *editor) remove(at *place) error {
	if at.parent == nil {
		return fmt.Errorf("%w: a whole object is not edited", ErrNotInPlace)
	}
	parent, width := at.parent.node, 1
	first := at.node // what starts the element
	if parent.Kind == yaml.MappingNode {
		width, first = 2, parent.Content[at.at-1]
	}
	if len(parent.Content) == width && (parent.Style&yaml.FlowStyle == 0 || !at.parent.flow) && at.parent.parent != nil {
		return e.set(at.parent, &yaml.Node{Kind: parent.Kind})
	}
	if parent.Style&yaml.FlowStyle != 0 {
		return e.removeFlow(parent, at.at-width+1, width)
	}
	start, end := e.start(first), -1
	if parent.Kind == yaml.MappingNode {
		end = e.valueEnd(first, at.node)
	} else if start = e.dash(first); start >= 0 {
		end = start + 1
		if !isEmpty(at.node) {
			end = e.end(at.node, start-e.lineStart(start))
		}
	}
	if start < 0 || end < 0 {
		return e.change(-1, 0, "")
	}
	if e.indented(start) {
		return e.removeLines(start, end)
	}
	if at.at+1 >= len(parent.Content) {
		return e.change(-1, 0, "")
	}
	// "- name: x": the dash stays, and the next key moves up to it.
	next := e.start(parent.Content[at.at+1])
	if parent.Kind == yaml.SequenceNode {
		next = e.dash(parent.Content[at.at+1])
	}
	return e.change(start, next, "")
}

// removeLines deletes the lines from the one of start to the one of end.
func (e *editor) removeLines(start, end int) error {
	start, end = e.lineStart(start), e.lineEnd(end)
	if next := e.nextLine(end); end < len(e.text) {
		return e.change(start, next, "")
	}
	for start > 0 && (e.text[start-1] == '\n' || e.text[start-1] == '\r') {
		start--
		if e.text[start] == '\n' && (start == 0 || e.text[start-1] != '\r') {
			break
		}
	}
	return e.change(start, end, "")
}

// removeFlow deletes an element of a flow map or list with one of its commas.
func (e *editor) removeFlow(node *yaml.Node, i, width int) error {
	start, end := e.start(node.Content[i]), e.flowItemEnd(node, i+width-1)
	switch {
	case i+width < len(node.Content):
		end = e.start(node.Content[i+width])
	case i > 0:
		start = e.flowItemEnd(node, i-1)
	}
	return e.change(start, end, "")
}
