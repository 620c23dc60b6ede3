package document

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

// style is how a document is written, so that what is added looks alike.
type style struct {
	json    bool
	eol     string
	mapStep int // how far a map within a map is indented
	seqStep int // how far the "-" of a list within a map is indented
}

// styleOf looks at how a document is written: kubectl's way where it does not say.
func styleOf(text []byte, root *yaml.Node) style {
	s := style{eol: "\n", mapStep: -1, seqStep: -1}
	if bytes.Contains(text, []byte("\r\n")) {
		s.eol = "\r\n"
	}
	s.json = root.Style&yaml.FlowStyle != 0 && len(root.Content) > 0 && root.Content[0].Style&yaml.DoubleQuotedStyle != 0
	s.learn(root)
	if s.mapStep < 1 {
		s.mapStep = 2
	}
	if s.seqStep < 0 {
		s.seqStep = 0
	}
	return s
}

func (s *style) learn(node *yaml.Node) {
	for i, child := range node.Content {
		if child.Style&yaml.FlowStyle != 0 {
			continue
		}
		if node.Kind == yaml.MappingNode && i%2 == 1 && child.Anchor == "" && len(child.Content) > 0 {
			step := child.Column - node.Content[i-1].Column
			switch {
			case child.Kind == yaml.MappingNode && s.mapStep < 0:
				s.mapStep = step
			case child.Kind == yaml.SequenceNode && s.seqStep < 0:
				s.seqStep = step
			}
		}
		s.learn(child)
	}
}

// inline renders a value on one line.
func (s style) inline(node *yaml.Node) string {
	var parts []string
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			parts = append(parts, s.inline(node.Content[i])+": "+s.inline(node.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		for _, item := range node.Content {
			parts = append(parts, s.inline(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return s.scalar(node, 0)
	}
}

// scalar renders a scalar of JSON; like is how the scalar is written that it
// replaces.
func (s style) scalar(node *yaml.Node, like yaml.Style) string {
	switch {
	case node.Tag != "!!str":
		return node.Value
	case s.json || like&yaml.DoubleQuotedStyle != 0:
	case like&yaml.SingleQuotedStyle != 0 && !strings.ContainsAny(node.Value, "\n\r\t") && isPrintable(node.Value):
		return "'" + strings.ReplaceAll(node.Value, "'", "''") + "'"
	case isPlain(node.Value):
		return node.Value
	}
	return string(quoteJSON(nil, node.Value))
}

func isPrintable(value string) bool {
	_, reason := badCharacter([]byte(value))
	return reason == ""
}

// isPlain reports whether text can stand without quotes, wherever it stands, and
// does not look as if it could not.
func isPlain(value string) bool {
	if meant, _ := typed(value); meant != text || len(value) > 200 {
		return false
	}
	if value == "" || !isWord(value[0]) {
		return false
	}
	for i := 1; i < len(value); i++ {
		switch c := value[i]; {
		case isWord(c) || strings.IndexByte("@+=%^~()-", c) >= 0:
		case c == ':' && i+1 < len(value) && isWord(value[i+1]):
		case c == ' ' && i+1 < len(value) && (isWord(value[i+1]) || value[i+1] == '('):
		default:
			return false
		}
	}
	return true
}

// isWord reports characters that can stand anywhere in text without quotes.
func isWord(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '/'
}

// block renders the lines of a map or list that is not empty.
func (s style) block(node *yaml.Node, indent int) []string {
	var lines []string
	if node.Kind == yaml.SequenceNode {
		for _, item := range node.Content {
			lines = append(lines, s.item(item, indent)...)
		}
		return lines
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		lines = append(lines, s.entry(node.Content[i], node.Content[i+1], indent)...)
	}
	return lines
}

// entry renders the lines of a key and its value.
func (s style) entry(key, value *yaml.Node, indent int) []string {
	first := strings.Repeat(" ", indent) + s.inline(key) + ":"
	if isInline(value) {
		return []string{first + " " + s.inline(value)}
	}
	return append([]string{first}, s.block(value, indent+s.step(value))...)
}

func (s style) step(value *yaml.Node) int {
	if value.Kind == yaml.SequenceNode {
		return s.seqStep
	}
	return s.mapStep
}

// item renders the lines of an element of a list.
func (s style) item(value *yaml.Node, indent int) []string {
	dash := strings.Repeat(" ", indent) + "- "
	if isInline(value) {
		return []string{dash + s.inline(value)}
	}
	lines := s.block(value, indent+2)
	lines[0] = dash + lines[0][indent+2:]
	return lines
}

func isInline(value *yaml.Node) bool { return len(value.Content) == 0 }
