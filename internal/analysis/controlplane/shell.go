package controlplane

import "strings"

// commands splits a script into its simple commands, as a POSIX shell reads it:
// quotes, line continuations, comments, separators and redirections. Expansions are
// not done: from there on a word is opaque. ok is false for what is not understood
// (here documents, quotes that are not closed).
func commands(script string) (all [][]word, ok bool) {
	l := lexer{rest: script, ok: true}
	for l.rest != "" && l.ok {
		l.next()
	}
	l.endCommand()
	return l.commands, l.ok
}

type lexer struct {
	rest     string
	commands [][]word
	command  []word
	text     strings.Builder
	inWord   bool
	opaque   int
	target   bool // the next word is where a redirection goes
	ok       bool
}

func (l *lexer) next() {
	c := l.rest[0]
	switch c {
	case ' ', '\t', '\r':
		l.endWord()
		l.rest = l.rest[1:]
	case '&':
		if strings.HasPrefix(l.rest, "&>") {
			l.redirection()
			return
		}
		l.endCommand()
		l.rest = l.rest[1:]
	case '\n', ';', '|', '(', ')':
		l.endCommand()
		l.rest = l.rest[1:]
	case '<', '>':
		l.redirection()
	case '#':
		if l.inWord {
			l.take(1)
			return
		}
		_, after, _ := strings.Cut(l.rest, "\n")
		l.endCommand()
		l.rest = after
	case '\\':
		l.backslash()
	case '\'':
		l.begin()
		end := strings.IndexByte(l.rest[1:], '\'')
		if end < 0 {
			l.ok = false
			return
		}
		l.text.WriteString(l.rest[1 : 1+end])
		l.rest = l.rest[end+2:]
	case '"':
		l.begin()
		l.rest = l.rest[1:]
		l.doubleQuoted()
	case '$', '`':
		l.expansion()
	default:
		l.take(1)
	}
}

func (l *lexer) begin() {
	if !l.inWord {
		l.inWord, l.opaque = true, -1
	}
}

// take moves n bytes into the word.
func (l *lexer) take(n int) {
	l.begin()
	n = min(n, len(l.rest))
	l.text.WriteString(l.rest[:n])
	l.rest = l.rest[n:]
}

func (l *lexer) endWord() {
	if l.inWord && !l.target {
		l.command = append(l.command, word{text: l.text.String(), opaque: l.opaque})
	}
	l.target = l.target && !l.inWord
	l.text.Reset()
	l.inWord, l.opaque = false, -1
}

func (l *lexer) endCommand() {
	l.endWord()
	l.target = false
	if len(l.command) > 0 {
		l.commands = append(l.commands, l.command)
	}
	l.command = nil
}

func (l *lexer) backslash() {
	if strings.HasPrefix(l.rest, "\\\n") {
		l.rest = l.rest[2:]
		return
	}
	if len(l.rest) > 1 {
		l.rest = l.rest[1:]
	}
	l.take(1)
}

// redirection drops the number before ">" and the word after it.
func (l *lexer) redirection() {
	if strings.HasPrefix(l.rest, "<<") {
		l.ok = false
		return
	}
	if strings.Trim(l.text.String(), "0123456789") == "" {
		l.text.Reset()
		l.inWord = false
	}
	l.endWord()
	l.rest = strings.TrimLeft(l.rest, "<>&|")
	l.target = true
}

func (l *lexer) doubleQuoted() {
	for l.rest != "" {
		switch c := l.rest[0]; {
		case c == '"':
			l.rest = l.rest[1:]
			return
		case c == '\\' && len(l.rest) > 1 && l.rest[1] == '\n':
			l.rest = l.rest[2:]
		case c == '\\' && len(l.rest) > 1 && strings.IndexByte("$`\"\\", l.rest[1]) >= 0:
			l.rest = l.rest[1:]
			l.take(1)
		case c == '$' || c == '`':
			l.expansion()
		default:
			l.take(1)
		}
		if !l.ok {
			return
		}
	}
	l.ok = false
}

// expansion takes $name, ${...}, $(...) or `...` as it is written, and marks the
// word as not known from here.
func (l *lexer) expansion() {
	l.begin()
	size := expansionSize(l.rest)
	if size == 1 && l.rest[0] == '$' {
		l.take(1) // a dollar sign and nothing else
		return
	}
	if size == 0 {
		l.ok = false
		return
	}
	if l.opaque < 0 {
		l.opaque = l.text.Len()
	}
	l.take(size)
}

// expansionSize returns the length of the expansion that s starts with, 0 when it
// is not closed, 1 for a single dollar sign.
func expansionSize(s string) int {
	if s[0] == '`' {
		if end := strings.IndexByte(s[1:], '`'); end >= 0 {
			return end + 2
		}
		return 0
	}
	if len(s) == 1 {
		return 1
	}
	switch s[1] {
	case '(':
		return closing(s, '(', ')')
	case '{':
		return closing(s, '{', '}')
	case '@', '*', '#', '?', '-', '$', '!':
		return 2
	}
	size := 1
	for size < len(s) && (s[size] == '_' || s[size] >= '0' && s[size] <= '9' || s[size] >= 'a' && s[size] <= 'z' || s[size] >= 'A' && s[size] <= 'Z') {
		size++
	}
	return size
}

// closing finds the end of a bracket that may hold others.
func closing(s string, opening, end byte) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case opening:
			depth++
		case end:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
