package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"holdfast.dev/holdfast/internal/model"
)

// json reads the text as a stream of JSON values. It reports false, having
// emitted nothing, when the text does not start with one.
func (r *reading) json() bool {
	trimmed := bytes.TrimLeft(r.text.Data, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return false
	}
	tree := newJSONTree(r.text.Data)
	for count := 0; ; count++ {
		start := tree.decoder.InputOffset()
		node, err := tree.next()
		switch {
		case errors.Is(err, io.EOF):
			return true
		case err != nil && count == 0:
			return false // a YAML flow map, or broken: the YAML parser says which
		case err != nil:
			r.gap(model.Gap{Line: tree.line(tree.decoder.InputOffset()), Reason: fmt.Sprintf("not valid JSON: %v", err)})
			return true
		}
		r.document(node, r.text.Data[start:tree.decoder.InputOffset()])
	}
}

// jsonTree builds YAML syntax trees of JSON, so that both take the same way.
type jsonTree struct {
	data    []byte
	decoder *jsontext.Decoder
	counted int64 // newlines are counted up to here
	lines   int
}

func newJSONTree(data []byte) *jsonTree {
	return &jsonTree{
		data:    data,
		decoder: jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
	}
}

// line counts lines up to an offset, which must not fall.
func (t *jsonTree) line(offset int64) int {
	if offset > t.counted {
		t.lines += bytes.Count(t.data[t.counted:offset], []byte{'\n'})
		t.counted = offset
	}
	return t.lines + 1
}

func (t *jsonTree) next() (*yaml.Node, error) {
	token, err := t.decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Line: t.line(t.decoder.InputOffset())}
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
