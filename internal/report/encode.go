package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// layout is how an encoder sets out a document.
type layout uint8

const (
	// layoutJSON puts each member of the document and each item of its lists on a
	// line of its own: as small as compact JSON, yet it can be grepped and diffed.
	layoutJSON layout = iota
	layoutYAML
	layoutCompact // one line, and safe inside an HTML script element
)

// encoder writes one document as a stream of events. JSON and YAML come from the
// same events, so that they cannot differ, and nothing is held in memory.
type encoder struct {
	w       *bufio.Writer
	layout  layout
	scratch []byte
	stack   []frame
	inline  bool // YAML: the next value goes on the line of its key or dash
	err     error
}

// frame is an object or list that is open.
type frame struct {
	list bool
	n    int
}

func newEncoder(w *bufio.Writer, l layout) *encoder { return &encoder{w: w, layout: l} }

func (e *encoder) object() { e.open(false) }
func (e *encoder) list()   { e.open(true) }

func (e *encoder) open(list bool) {
	e.item()
	if e.layout != layoutYAML {
		e.w.WriteByte(bracket(list, "{["))
	}
	e.stack = append(e.stack, frame{list: list})
}

// end closes what object or list opened last.
func (e *encoder) end() {
	top := e.stack[len(e.stack)-1]
	e.stack = e.stack[:len(e.stack)-1]
	depth := len(e.stack)
	if e.layout == layoutYAML {
		if top.n == 0 {
			e.scalar([]byte(bracketPair(top.list)))
		}
		if depth == 0 {
			e.w.WriteByte('\n')
		}
		return
	}
	if e.layout == layoutJSON && top.n > 0 && depth <= 1 {
		e.breakLine(depth)
	}
	e.w.WriteByte(bracket(top.list, "}]"))
	if depth == 0 && e.layout == layoutJSON {
		e.w.WriteByte('\n')
	}
}

// key starts a member of the open object.
func (e *encoder) key(name string) {
	top := &e.stack[len(e.stack)-1]
	if e.layout == layoutYAML {
		e.yamlMember(top.n == 0)
		top.n++
		e.w.WriteString(name)
		e.w.WriteByte(':')
		e.inline = false
		return
	}
	e.separate(top)
	e.w.WriteByte('"')
	e.w.WriteString(name)
	e.w.WriteString(`":`)
}

// item prepares for a value of the open list; members were prepared by key.
func (e *encoder) item() {
	if len(e.stack) == 0 {
		return
	}
	top := &e.stack[len(e.stack)-1]
	if !top.list {
		return
	}
	if e.layout == layoutYAML {
		e.yamlMember(false)
		top.n++
		e.w.WriteByte('-')
		e.inline = true
		return
	}
	e.separate(top)
}

func (e *encoder) separate(top *frame) {
	if top.n > 0 {
		e.w.WriteByte(',')
	}
	top.n++
	if e.layout == layoutJSON && len(e.stack) <= 2 {
		e.breakLine(len(e.stack))
	}
}

func (e *encoder) breakLine(depth int) {
	e.w.WriteByte('\n')
	for range depth {
		e.w.WriteString("  ")
	}
}

// yamlMember moves to where a member or an item starts: behind the dash of the
// item whose first member it is, else on a new line.
func (e *encoder) yamlMember(first bool) {
	if first && e.inline {
		e.w.WriteByte(' ')
		e.inline = false
		return
	}
	if e.inline { // a list straight in a list
		e.inline = false
	}
	if len(e.stack) > 1 || e.stack[0].n > 0 {
		e.breakLine(len(e.stack) - 1)
	}
}

// scalar writes a value that needs no more escaping.
func (e *encoder) scalar(text []byte) {
	if e.layout == layoutYAML && len(e.stack) > 0 {
		e.w.WriteByte(' ')
		e.inline = false
	}
	e.w.Write(text)
}

func (e *encoder) text(s string) {
	e.item()
	if e.layout == layoutYAML && yamlPlain(s) && len(e.stack) > 0 {
		e.w.WriteByte(' ')
		e.inline = false
		e.w.WriteString(s)
		return
	}
	e.scratch = append(e.scratch[:0], '"')
	e.scratch = appendEscaped(e.scratch, s, e.layout, true)
	e.scratch = append(e.scratch, '"')
	e.scalar(e.scratch)
}

func (e *encoder) int(n int) {
	e.item()
	e.scratch = strconv.AppendInt(e.scratch[:0], int64(n), 10)
	e.scalar(e.scratch)
}

func (e *encoder) bool(b bool) {
	e.item()
	e.scratch = strconv.AppendBool(e.scratch[:0], b)
	e.scalar(e.scratch)
}

func (e *encoder) float(f float64) {
	e.item()
	text, err := json.Marshal(f) // refuses what JSON cannot say: infinities
	if err != nil {
		text = []byte("null")
		e.fail(err)
	}
	e.scalar(text)
}

// raw writes a value that is JSON already. Inside JSON strings, what acts on a
// terminal or ends an HTML script is escaped; elsewhere it cannot occur.
func (e *encoder) raw(value json.RawMessage) {
	e.item()
	var compact bytes.Buffer
	if err := json.Compact(&compact, value); err != nil {
		e.fail(err)
		e.scalar([]byte("null"))
		return
	}
	text := compact.String()
	if e.layout == layoutYAML && strings.Contains(text, `\ud`) {
		text = withoutSurrogates(text)
	}
	e.scratch = appendEscaped(e.scratch[:0], text, e.layout, false)
	e.scalar(e.scratch)
}

func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// Members by name, in the forms that documents need.

func (e *encoder) str(name, s string)       { e.key(name); e.text(s) }
func (e *encoder) num(name string, n int)   { e.key(name); e.int(n) }
func (e *encoder) flag(name string, b bool) { e.key(name); e.bool(b) }

func (e *encoder) strIf(name, s string) {
	if s != "" {
		e.str(name, s)
	}
}

func (e *encoder) numIf(name string, n int) {
	if n != 0 {
		e.num(name, n)
	}
}

func bracket(list bool, pair string) byte {
	if list {
		return pair[1]
	}
	return pair[0]
}

func bracketPair(list bool) string {
	if list {
		return "[]"
	}
	return "{}"
}

// withoutSurrogates rewrites JSON so that characters beyond the first 65,536 stand
// for themselves: YAML knows no pairs of escapes.
func withoutSurrogates(text string) string {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "null"
	}
	plain, err := json.Marshal(value)
	if err != nil {
		return "null"
	}
	return string(plain)
}

// appendEscaped appends s for the inside of a JSON or YAML string. It escapes more
// than JSON asks for: characters that act on a display, and for HTML the three
// that could end a script. Quotes and backslashes are left alone when the text is
// JSON itself.
func appendEscaped(dst []byte, s string, l layout, quotes bool) []byte {
	html := l == layoutCompact
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != 0x7f && (!html || c != '<' && c != '>' && c != '&') && (!quotes || c != '"' && c != '\\') {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, rune(c), l)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if (r != utf8.RuneError || size > 1) && !hidden(r) {
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, r, l)
		i += size
		start = i
	}
	return append(dst, s[start:]...)
}

func appendEscape(dst []byte, r rune, l layout) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, `\n`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if r > 0xffff {
		if l == layoutYAML {
			return fmt.Appendf(dst, `\U%08x`, r)
		}
		r -= 0x10000
		dst = appendUnit(dst, 0xd800+(r>>10))
		r = 0xdc00 + (r & 0x3ff)
	}
	return appendUnit(dst, r)
}

func appendUnit(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// yamlPlain reports whether s can stand in YAML without quotes and means the same
// to every reader, those of YAML 1.1 with their "no" and "1_000" included.
func yamlPlain(s string) bool {
	if s == "" || len(s) > 200 || strings.HasSuffix(s, " ") {
		return false
	}
	letters := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			letters++
		case i > 0 && (c >= '0' && c <= '9' || strings.IndexByte(" _./()[]=,;+-", c) >= 0):
		default:
			return false
		}
	}
	if len(s) > 5 {
		return letters > 0
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan":
		return false
	}
	return letters > 0
}
