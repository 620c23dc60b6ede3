package document

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// extent finds where nodes start and end in their text: the YAML library tells
// where they start. What it cannot find is -1, and then nothing is edited.
type extent struct {
	text  []byte
	index index
}

// start is the offset of a node, its anchor and tag included.
func (x extent) start(node *yaml.Node) int { return x.index.offset(node.Line, node.Column) }

// end is the offset after a node, without a comment that follows. indent is how
// far the map or list around it is indented.
func (x extent) end(node *yaml.Node, indent int) int {
	at := x.start(node)
	if at < 0 {
		return -1
	}
	at = x.skipProperties(node, at)
	switch {
	case node.Kind == yaml.AliasNode:
		return at + 1 + len(node.Value)
	case node.Kind == yaml.ScalarNode:
		return x.scalarEnd(node, at, indent)
	case node.Style&yaml.FlowStyle != 0:
		return x.flowEnd(node, at)
	case len(node.Content) == 0:
		return -1
	case node.Kind == yaml.MappingNode:
		key, value := node.Content[len(node.Content)-2], node.Content[len(node.Content)-1]
		return x.valueEnd(key, value)
	default:
		last := node.Content[len(node.Content)-1]
		return x.end(last, node.Column-1)
	}
}

// valueEnd is the offset after the value of a key of a block map.
func (x extent) valueEnd(key, value *yaml.Node) int {
	if isEmpty(value) {
		return x.colon(key)
	}
	return x.end(value, key.Column-1)
}

// isEmpty reports whether a value is nothing at all: "key:".
func isEmpty(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.Value == "" && node.Style == 0 && node.Anchor == "" && isNull(node)
}

// colon is the offset after the ":" that follows a key.
func (x extent) colon(key *yaml.Node) int {
	at := x.end(key, key.Column-1)
	if at < 0 {
		return -1
	}
	at = x.skipBlanks(at)
	if at >= len(x.text) || x.text[at] != ':' {
		return -1
	}
	return at + 1
}

func (x extent) skipBlanks(at int) int {
	for at < len(x.text) && (x.text[at] == ' ' || x.text[at] == '\t') {
		at++
	}
	return at
}

// skipSpace skips white space, line ends and comments.
func (x extent) skipSpace(at int) int {
	for at < len(x.text) {
		switch c := x.text[at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			at++
		case c == '#':
			at = x.lineEnd(at)
		default:
			return at
		}
	}
	return at
}

// skipProperties skips an anchor and a tag.
func (x extent) skipProperties(node *yaml.Node, at int) int {
	if node.Kind == yaml.AliasNode || node.Anchor == "" && node.Style&yaml.TaggedStyle == 0 {
		return at
	}
	for at < len(x.text) && (x.text[at] == '&' || x.text[at] == '!') {
		for at < len(x.text) && !unicode.IsSpace(rune(x.text[at])) {
			at++
		}
		at = x.skipSpace(at)
	}
	return at
}

// lineStart is the offset at which the line of an offset starts, lineEnd that at
// which its line break starts.
func (x extent) lineStart(at int) int { return bytes.LastIndexByte(x.text[:at], '\n') + 1 }

func (x extent) lineEnd(at int) int {
	end := bytes.IndexByte(x.text[at:], '\n')
	if end < 0 {
		return len(x.text)
	}
	end += at
	if end > at && x.text[end-1] == '\r' {
		end--
	}
	return end
}

// indented reports whether only blanks stand before an offset on its line.
func (x extent) indented(at int) bool {
	return len(bytes.Trim(x.text[x.lineStart(at):at], " ")) == 0
}

func (x extent) scalarEnd(node *yaml.Node, at, indent int) int {
	switch {
	case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return x.blockScalarEnd(at, indent)
	case node.Style&yaml.DoubleQuotedStyle != 0:
		return x.quotedEnd(at, '"')
	case node.Style&yaml.SingleQuotedStyle != 0:
		return x.quotedEnd(at, '\'')
	default:
		return x.plainEnd(node.Value, at)
	}
}

func (x extent) quotedEnd(at int, quote byte) int {
	if at >= len(x.text) || x.text[at] != quote {
		return -1
	}
	for at++; at < len(x.text); at++ {
		switch {
		case x.text[at] == '\\' && quote == '"':
			at++
		case x.text[at] == quote && quote == '\'' && at+1 < len(x.text) && x.text[at+1] == quote:
			at++
		case x.text[at] == quote:
			return at + 1
		}
	}
	return -1
}

// plainEnd matches the value with the text: only white space differs, where lines
// are folded.
func (x extent) plainEnd(value string, at int) int {
	for _, word := range strings.Fields(value) {
		for at < len(x.text) {
			r, size := utf8.DecodeRune(x.text[at:])
			if !unicode.IsSpace(r) {
				break
			}
			at += size
		}
		if !bytes.HasPrefix(x.text[at:], []byte(word)) {
			return -1
		}
		at += len(word)
	}
	return at
}

// blockScalarEnd is the end of the last line of a scalar after "|" or ">".
func (x extent) blockScalarEnd(at, indent int) int {
	header := x.text[at:x.lineEnd(at)]
	least := indent + 1
	if digit := bytes.IndexAny(header, "123456789"); digit >= 0 && digit < 3 {
		least = indent + int(header[digit]-'0')
	}
	keep := bytes.IndexByte(header[:min(3, len(header))], '+') >= 0
	end := at + len(header)
	for next := x.nextLine(end); next < len(x.text); next = x.nextLine(x.lineEnd(next)) {
		line := x.text[next:x.lineEnd(next)]
		content := len(line) - len(bytes.TrimLeft(line, " "))
		switch {
		case len(bytes.TrimSpace(line)) == 0:
			if keep {
				end = x.lineEnd(next)
			}
			continue
		case content < least:
			return end
		}
		end = x.lineEnd(next)
	}
	return end
}

// nextLine is the offset of the line after the line break at an offset.
func (x extent) nextLine(at int) int {
	if at < len(x.text) && x.text[at] == '\r' {
		at++
	}
	return min(at+1, len(x.text))
}

// flowEnd is the offset after the bracket that closes a flow map or list.
func (x extent) flowEnd(node *yaml.Node, at int) int {
	closing := byte('}')
	if node.Kind == yaml.SequenceNode {
		closing = ']'
	}
	at++
	if len(node.Content) > 0 {
		if at = x.flowItemEnd(node, len(node.Content)-1); at < 0 {
			return -1
		}
	}
	at = x.skipSpace(at)
	if at < len(x.text) && x.text[at] == ',' {
		at = x.skipSpace(at + 1)
	}
	if at >= len(x.text) || x.text[at] != closing {
		return -1
	}
	return at + 1
}

// flowItemEnd is the offset after an element of a flow collection.
func (x extent) flowItemEnd(node *yaml.Node, i int) int {
	child := node.Content[i]
	if node.Kind == yaml.MappingNode && i%2 == 1 && isEmpty(child) {
		if colon := x.colon(node.Content[i-1]); colon >= 0 {
			return colon
		}
		return x.end(node.Content[i-1], 0)
	}
	return x.end(child, 0)
}
