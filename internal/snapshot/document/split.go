package document

import (
	"bytes"
	"iter"
)

// part is one document of a YAML stream, from its "---" line on, or one item of a
// List, from its "- " on.
type part struct {
	data []byte
	line int // 1-based line of the stream at which data starts
}

// numbered iterates over the lines of a text, with their ends, counting from 1.
func numbered(data []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for number := 1; len(data) > 0; number++ {
			end := bytes.IndexByte(data, '\n') + 1
			if end == 0 {
				end = len(data)
			}
			if !yield(number, data[:end]) {
				return
			}
			data = data[end:]
		}
	}
}

// split cuts a stream at lines that start with "---", as kubectl does
// (k8s.io/apimachinery/pkg/util/yaml, splitYAMLDocument), and after lines that
// are "...". Content cannot hold such lines: YAML forbids them even in quotes.
// What holds directives or comments only belongs to the document that follows.
func split(data []byte) []part {
	var parts []part
	start, startLine, at, content := 0, 1, 0, false
	for number, line := range numbered(data) {
		switch {
		case isMarker(line, "---"):
			if content {
				parts = append(parts, part{data: data[start:at], line: startLine})
				start, startLine = at, number
			}
			content = !blank(line[3:])
		case isMarker(line, "..."):
			if content {
				parts = append(parts, part{data: data[start:at], line: startLine})
			}
			start, startLine, content = at+len(line), number+1, false
		case line[0] == '%' && !content || blank(line):
		default:
			content = true
		}
		at += len(line)
	}
	if content {
		parts = append(parts, part{data: data[start:], line: startLine})
	}
	return parts
}

// isMarker reports whether a line is a document marker.
func isMarker(line []byte, marker string) bool {
	if len(line) < 3 || string(line[:3]) != marker {
		return false
	}
	return len(line) == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r' || line[3] == '\n'
}

// blank reports whether a line holds nothing but white space and a comment.
func blank(line []byte) bool {
	line = bytes.TrimLeft(line, " \t\r\n")
	return len(line) == 0 || line[0] == '#'
}

// splitList cuts a document whose top level has the block list "items" into its
// items and the rest, which says whether it is a List at all. A dump of a cluster
// is one such document: read item by item, its syntax tree never exists as a
// whole. Each item starts with its own "- ", so that it is a list of one.
//
// The lines of an item are indented deeper than its "- ": the only exceptions are
// flow collections and quoted strings that go on at the margin, and cutting those
// makes both halves invalid, so a wrong cut never goes unnoticed.
func splitList(p part) (rest []byte, items []part, ok bool) {
	const key = "items:"
	if !bytes.HasPrefix(p.data, []byte(key)) && !bytes.Contains(p.data, []byte("\n"+key)) {
		return nil, nil, false
	}
	c := listCut{part: p, indent: -1}
	for number, line := range numbered(p.data) {
		switch {
		case !c.begun:
			c.begun = bytes.HasPrefix(line, []byte(key)) && blank(line[len(key):])
			if !c.begun {
				rest = append(rest, line...)
			}
		case c.ended || !blank(line) && !c.holds(line, number):
			c.ended = true
			rest = append(rest, line...)
		}
		c.at += len(line)
		if !c.ended {
			c.end = c.at
		}
	}
	c.close()
	return rest, c.items, c.begun && len(c.items) > 0
}

// listCut is the state of splitList.
type listCut struct {
	part         part
	begun, ended bool
	indent       int // of the "- " of the items; -1 until the first
	at           int // offset of the current line
	start, end   int // of the current item
	line         int // at which it starts
	items        []part
}

// holds reports whether a line belongs to the list, and begins an item there.
func (c *listCut) holds(line []byte, number int) bool {
	text := bytes.TrimLeft(line, " ")
	indent := len(line) - len(text)
	dash := text[0] == '-' && (len(text) == 1 || bytes.IndexByte([]byte(" \t\r\n"), text[1]) >= 0)
	if c.indent < 0 && dash {
		c.indent = indent
	}
	if c.indent < 0 || indent < c.indent || indent == c.indent && !dash {
		return false
	}
	if indent == c.indent {
		c.close()
		c.start, c.line = c.at, number
	}
	return true
}

func (c *listCut) close() {
	if c.line > 0 {
		c.end = max(c.end, c.start)
		c.items = append(c.items, part{data: c.part.data[c.start:c.end], line: c.part.line + c.line - 1})
	}
}

// oddBreaks maps the lines that the YAML parser counts to lines that end with
// "\n", where they differ: YAML 1.1 also breaks lines at a lone "\r" and at three
// characters of Unicode. It returns nil when the text has none of them.
func oddBreaks(data []byte) []int {
	if bytes.Count(data, []byte("\r")) == bytes.Count(data, []byte("\r\n")) &&
		!bytes.Contains(data, []byte("\u0085")) && !bytes.Contains(data, []byte("\u2028")) && !bytes.Contains(data, []byte("\u2029")) {
		return nil
	}
	lines, line := []int{0, 1}, 1
	for i := 0; i < len(data); i++ {
		rest := data[i:]
		switch {
		case rest[0] == '\n':
			line++
		case rest[0] == '\r' && bytes.HasPrefix(rest, []byte("\r\n")):
			continue
		case rest[0] == '\r', bytes.HasPrefix(rest, []byte("\u0085")), bytes.HasPrefix(rest, []byte("\u2028")), bytes.HasPrefix(rest, []byte("\u2029")):
		default:
			continue
		}
		lines = append(lines, line)
	}
	return lines
}
