package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
)

// hidden tells characters that act on the display instead of showing themselves:
// controls, terminal escapes, bidirectional overrides, zero-width characters,
// line separators.
func hidden(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == 0xfffe || r == 0xffff
}

// visible writes hidden characters and invalid UTF-8 as escapes, so that text
// from a scanned object can neither drive a terminal nor hide from a reader.
func visible(s string) string {
	plain := func(i int) bool { return s[i] >= ' ' && s[i] < 0x7f }
	start := 0
	for start < len(s) && plain(start) {
		start++
	}
	if start == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:start])
	for i := start; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			const digits = "0123456789abcdef"
			b.WriteString(`\x`)
			b.WriteByte(digits[s[i]>>4])
			b.WriteByte(digits[s[i]&15])
		case hidden(r):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// brief is visible text of at most about limit bytes. What is cut is marked with
// the size of the whole, so that nobody takes the part for it.
func brief(s string, limit int) string {
	if len(s) <= limit {
		return visible(s)
	}
	cut := limit
	for cut > 0 && cut > limit-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return visible(s[:cut]) + "… (" + count(len(s), "byte") + " in all)"
}

// textWidth is the number of terminal columns that visible text takes.
func textWidth(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return lipgloss.Width(s)
		}
	}
	return len(s)
}

// fitEnd cuts the end off so that s takes at most width columns.
func fitEnd(s string, width int) string {
	if textWidth(s) <= width {
		return s
	}
	return s[:prefix(s, width-1)] + "…"
}

// fitStart cuts the beginning off: of a field path or a file name the end says
// most.
func fitStart(s string, width int) string {
	if textWidth(s) <= width {
		return s
	}
	// Width is counted from the back, one character at a time.
	i, room := len(s), width-1
	for i > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if room -= textWidth(string(r)); room < 0 {
			break
		}
		i -= size
	}
	return "…" + s[i:]
}

// fitMiddle cuts the middle out: of a value both ends tell something, as registry and
// tag of an image do.
func fitMiddle(s string, width int) string {
	if textWidth(s) <= width {
		return s
	}
	if width < 8 {
		return fitEnd(s, width)
	}
	head := s[:prefix(s, (width-1)/3)]
	return head + fitStart(s[len(head):], width-textWidth(head))
}

// fitTail is fitStart that cuts at a separator, where what remains still says
// something: "…securityContext.privileged".
func fitTail(s string, separator byte, width int) string {
	cut := fitStart(s, width)
	if cut == s {
		return s
	}
	if i := strings.IndexByte(cut, separator); i >= 0 && i+1 < len(cut) {
		return "…" + cut[i+1:]
	}
	return cut
}

// fitPath is fitTail for a field's path: it cuts between fields, also where a
// quoted key holds dots.
func fitPath(path string, width int) string {
	cut := fitStart(path, width)
	if cut == path {
		return path
	}
	for _, start := range fieldStarts(path) {
		if start > len(path)-(len(cut)-len("…")) {
			return "…" + path[start:]
		}
	}
	return cut
}

// fieldStarts lists where the fields of a path after the first one start.
func fieldStarts(path string) []int {
	var starts []int
	quoted := false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '.':
			starts = append(starts, i+1)
		case c == '[' && strings.HasPrefix(path[i:], `["`):
			starts = append(starts, i)
		}
	}
	return starts
}

// lastField is the last field of a path, with what indexes it.
func lastField(path string) string {
	starts := fieldStarts(path)
	if len(starts) == 0 {
		return path
	}
	return path[starts[len(starts)-1]:]
}

// prefix is the length in bytes of the longest prefix of at most width columns.
func prefix(s string, width int) int {
	for i, r := range s {
		if width -= textWidth(string(r)); width < 0 {
			return i
		}
	}
	return len(s)
}

func pad(s string, width int) string {
	if missing := width - textWidth(s); missing > 0 {
		return s + strings.Repeat(" ", missing)
	}
	return s
}

// wrap breaks prose at spaces into lines of at most width columns; width 0 or
// less gives one line.
func wrap(s string, width int) []string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return nil
	}
	if width <= 0 {
		return []string{strings.Join(words, " ")}
	}
	lines, line, used := []string{}, "", 0
	for _, word := range words {
		w := textWidth(word)
		for w > width { // a word that fits no line is broken
			if used > 0 {
				lines, line, used = append(lines, line), "", 0
			}
			cut := max(prefix(word, width), firstSize(word))
			lines = append(lines, word[:cut])
			word = word[cut:]
			w = textWidth(word)
		}
		if word == "" {
			continue
		}
		if used > 0 && used+1+w > width {
			lines, line, used = append(lines, line), "", 0
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+w
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// firstSize is the size of the first character: at least that much moves on.
func firstSize(s string) int {
	_, size := utf8.DecodeRuneInString(s)
	return size
}

// count is a number with its noun: "1 object", "12,345 objects".
func count(n int, noun string) string {
	if n != 1 {
		if strings.HasSuffix(noun, "y") {
			noun = strings.TrimSuffix(noun, "y") + "ie"
		}
		noun += "s"
	}
	return number(n) + " " + noun
}

// number groups digits by thousands.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
