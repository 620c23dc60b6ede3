package document

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"holdfast.dev/holdfast/internal/model"
)

// looksLikeJSON reports whether a part starts with "{", be it after "---".
func looksLikeJSON(data []byte) bool {
	return bytes.HasPrefix(jsonText(data), []byte("{"))
}

// jsonText cuts what precedes JSON in a stream of documents.
func jsonText(data []byte) []byte {
	data = bytes.TrimLeft(data, " \t\r\n")
	for bytes.HasPrefix(data, []byte("---")) {
		data = bytes.TrimLeft(data[3:], " \t\r\n")
	}
	return data
}

// json reads a part as a stream of JSON values. What starts like JSON and is not
// may be a YAML map in braces: then the YAML parser has its say.
func (r *reading) json(part part) {
	rest := jsonText(part.data)
	for first := true; len(rest) > 0 && !r.stopped(); first = false {
		r.base = part.line - 1 + bytes.Count(part.data[:len(part.data)-len(rest)], []byte("\n"))
		scan := scanJSON(rest)
		switch {
		case scan.isList():
			r.jsonList(rest, scan)
		case scan.err == nil:
			r.jsonValue(rest[:scan.end], r.startsLine(part, rest))
		case first:
			r.braces(part, rest, scan.err)
		default:
			r.brokenJSON(rest, scan.err)
		}
		if scan.err != nil {
			return
		}
		rest = bytes.TrimLeft(rest[scan.end:], " \t\r\n")
	}
}

// startsLine reports whether a value starts a line, so that it can be edited.
func (r *reading) startsLine(part part, rest []byte) bool {
	at := len(part.data) - len(rest)
	return at == 0 || part.data[at-1] == '\n'
}

func (r *reading) jsonValue(data []byte, startsLine bool) {
	if r.tooLarge(data) {
		return
	}
	node, err := newJSONTree(data, 0).next()
	if err != nil {
		r.brokenJSON(data, err)
		return
	}
	doc := data
	if !startsLine {
		doc = nil
	}
	r.document(node, inherited{}, doc)
}

// jsonScan is what one look at a JSON value without building it tells.
type jsonScan struct {
	head
	from int64 // offset of the value of "items"
	end  int64 // offset of what follows the value
	err  error
}

func scanJSON(data []byte) (scan jsonScan) {
	decoder := newJSONDecoder(data)
	if _, scan.err = decoder.ReadToken(); scan.err != nil {
		return scan
	}
	for decoder.PeekKind() == '"' {
		name, err := decoder.ReadToken()
		if err != nil {
			break // it comes again below
		}
		key := name.String()
		if key == "items" && scan.items == nil {
			scan.from = decoder.InputOffset()
			if decoder.PeekKind() == '[' {
				scan.items = &yaml.Node{Kind: yaml.SequenceNode}
			}
		}
		value, err := decoder.ReadValue()
		if err != nil {
			scan.err = err
			return scan
		}
		if text, ok := jsonString(value); ok {
			switch key {
			case "apiVersion":
				scan.apiVersion = text
			case "kind":
				scan.kind = text
			}
		}
	}
	_, scan.err = decoder.ReadToken()
	scan.end = decoder.InputOffset()
	return scan
}

func jsonString(value jsontext.Value) (string, bool) {
	if value.Kind() != '"' {
		return "", false
	}
	text, err := jsontext.AppendUnquote(nil, value)
	return string(text), err == nil
}

// isList reports whether the value is a List, or, when it breaks off before it
// says what it is, looks like one.
func (s jsonScan) isList() bool {
	if s.items == nil {
		return false
	}
	return s.head.isList() || s.err != nil && s.kind == ""
}

// jsonList reads a List item by item, so that the tree of a dump never exists as
// a whole.
func (r *reading) jsonList(data []byte, scan jsonScan) {
	from := scan.from + int64(bytes.IndexByte(data[scan.from:], '['))
	tree := newJSONTree(data, from)
	in := inherited{}
	if scan.head.isList() {
		in = in.items(scan.head)
	}
	_, err := tree.decoder.ReadToken()
	count := 0
	for ; err == nil && tree.decoder.PeekKind() != ']' && !r.stopped(); count++ {
		var node *yaml.Node
		if node, err = tree.next(); err == nil {
			r.document(node, in, nil)
		}
	}
	switch {
	case err != nil:
		r.brokenJSON(data[from:], err)
	case scan.err != nil:
		r.brokenJSON(data, scan.err)
	case count == 0:
		r.gap(model.Gap{Line: 1, Reason: scan.kind + " is empty", Skipped: true})
	}
}

// braces reads a part that starts like JSON and is none.
func (r *reading) braces(part part, data []byte, jsonErr error) {
	if r.tooLarge(part.data) {
		return
	}
	nodes, err := parseYAML(part.data)
	if err != nil && bytes.HasPrefix(bytes.TrimLeft(data[1:], " \t\r\n"), []byte(`"`)) {
		r.brokenJSON(data, jsonErr)
		return
	}
	r.base, r.breaks = part.line-1, oddBreaks(part.data)
	if err != nil {
		r.broken(part, err)
	}
	for _, node := range nodes {
		r.document(node, inherited{}, part.data)
	}
}

func (r *reading) brokenJSON(data []byte, err error) {
	offset, reason := int64(len(data)), err.Error()
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		offset = syntax.ByteOffset
		if syntax.Err != nil {
			reason = syntax.Err.Error()
		}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		reason = "it ends too early"
		offset = int64(len(bytes.TrimSpace(data)))
	}
	line := 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n"))
	r.gap(model.Gap{Line: line, Reason: "not valid JSON: " + strings.TrimPrefix(reason, "jsontext: ")})
}

// jsonTree builds YAML syntax trees of JSON, so that both take the same way.
type jsonTree struct {
	data    []byte
	from    int64 // at which the decoder starts
	decoder *jsontext.Decoder
	counted int64 // newlines are counted up to here
	lines   int
}

func newJSONTree(data []byte, from int64) *jsonTree {
	return &jsonTree{data: data, from: from, decoder: newJSONDecoder(data[from:])}
}

func newJSONDecoder(data []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// line is the line of the last token.
func (t *jsonTree) line() int {
	offset := t.from + t.decoder.InputOffset()
	t.lines += bytes.Count(t.data[t.counted:offset], []byte{'\n'})
	t.counted = offset
	return t.lines + 1
}

func (t *jsonTree) next() (*yaml.Node, error) {
	token, err := t.decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Line: t.line()}
	switch token.Kind() {
	case '{':
		node.Kind = yaml.MappingNode
		return node, t.children(node, '}')
	case '[':
		node.Kind = yaml.SequenceNode
		return node, t.children(node, ']')
	case '"':
		node.Tag, node.Style = "!!str", yaml.DoubleQuotedStyle
	case 'n':
		node.Tag = "!!null"
	case 't', 'f':
		node.Tag = "!!bool"
	default:
		node.Tag = "!!float"
	}
	node.Value = token.String()
	return node, nil
}

func (t *jsonTree) children(node *yaml.Node, end jsontext.Kind) error {
	for t.decoder.PeekKind() != end {
		child, err := t.next()
		if err != nil {
			return err
		}
		node.Content = append(node.Content, child)
	}
	_, err := t.decoder.ReadToken()
	return err
}
