package manifest

import (
	"fmt"
	"regexp"
	"strings"
)

// action is one {{...}} of a template text.
type action struct {
	start, end            int     // offsets of "{{" and after "}}"
	trimsLeft, trimsRight bool    // "{{-" and "-}}"
	word                  string  // the keyword or first identifier
	opens                 bool    // starts a block that an "end" closes
	defines               bool    // opens the body of a named template
	closes                *action // for "end": what it closes
	within                bool    // stands in the body of a named template
	output                bool    // may write something: no keyword, comment or assignment
}

// maxNesting bounds blocks within blocks; the parser of Go's templates recurses.
const maxNesting = 1000

// scanActions finds the actions of a template text, as text/template/parse does
// (lex.go). It reports false for a text that no template can be.
func scanActions(text string) ([]*action, bool) {
	var actions []*action
	var open []*action
	within := 0
	for at := 0; ; {
		next := strings.Index(text[at:], "{{")
		if next < 0 {
			return actions, len(open) == 0
		}
		a, ok := scanAction(text, at+next)
		if !ok || len(open) > maxNesting {
			return actions, false
		}
		a.within = within > 0
		switch {
		case a.opens:
			open = append(open, a)
			if a.defines {
				within++
			}
		case a.word == "end" && len(open) == 0:
			return actions, false
		case a.word == "end":
			a.closes = open[len(open)-1]
			open = open[:len(open)-1]
			if a.closes.defines {
				within--
				a.within = within > 0
			}
		}
		actions = append(actions, a)
		at = a.end
	}
}

func scanAction(text string, start int) (*action, bool) {
	a := &action{start: start}
	at := start + 2
	if strings.HasPrefix(text[at:], "-") && len(text) > at+1 && isSpace(text[at+1]) {
		a.trimsLeft = true
		at += 2
	}
	if rest := text[at:]; strings.HasPrefix(rest, "/*") {
		end := strings.Index(rest, "*/")
		if end < 0 {
			return nil, false
		}
		return a.close(text, at+end+2)
	}
	words := strings.TrimLeft(text[at:], " \t\r\n")
	a.word = words[:len(words)-len(strings.TrimLeft(words, "abcdefghijklmnopqrstuvwxyz"))]
	switch a.word {
	case "if", "with", "range":
		a.opens = true
	case "define", "block":
		a.opens, a.defines = true, true
	case "else", "end", "break", "continue":
	default:
		a.output = !regexp.MustCompile(`^\$\w*\s*(,\s*\$\w*\s*)?:?=`).MatchString(words)
	}
	for at < len(text) {
		switch text[at] {
		case '"', '\'':
			at = skipQuoted(text, at)
			continue
		case '`':
			end := strings.IndexByte(text[at+1:], '`')
			if end < 0 {
				return nil, false
			}
			at += end + 2
			continue
		case '}', '-':
			if closed, ok := a.close(text, at); ok {
				return closed, true
			}
		}
		at++
	}
	return nil, false
}

// close ends the action at an offset if its right delimiter is there.
func (a *action) close(text string, at int) (*action, bool) {
	rest := strings.TrimLeft(text[at:], " \t\r\n")
	trimmed := len(text) - at - len(rest)
	switch {
	case strings.HasPrefix(text[at:], "}}"):
		a.end = at + 2
	case strings.HasPrefix(rest, "-}}") && (trimmed > 0 || at > 0 && isSpace(text[at-1])):
		a.end, a.trimsRight = at+trimmed+3, true
	case strings.HasPrefix(rest, "}}") && trimmed > 0:
		a.end = at + trimmed + 2
	default:
		return nil, false
	}
	return a, true
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func skipQuoted(text string, at int) int {
	quote := text[at]
	for at++; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case quote:
			return at + 1
		}
	}
	return at
}

// guarded adds to a template text calls that count: each turn of a loop and each
// call of a named template, so that a template that does not end is stopped.
func guarded(text string) string {
	actions, ok := scanActions(text)
	if !ok {
		return text // it does not parse, and says so
	}
	var edits []insertion
	for _, a := range actions {
		switch {
		case a.word == "range" && a.opens:
			edits = append(edits, insertion{at: a.end, text: call(false, tickName, a.trimsRight)})
		case a.defines:
			edits = append(edits, insertion{at: a.end, text: call(false, enterName, a.trimsRight)})
		case a.closes != nil && a.closes.defines:
			edits = append(edits, insertion{at: a.start, text: call(a.trimsLeft, leaveName, false)})
		}
	}
	return insert(text, edits)
}

// call renders an action that trims what the action beside it trims.
func call(trimsLeft bool, name string, trimsRight bool) string {
	left, right := "{{", "}}"
	if trimsLeft {
		left = "{{- "
	}
	if trimsRight {
		right = " -}}"
	}
	return left + name + right
}

// insertion is text to be put into another.
type insertion struct {
	at   int
	text string
}

func insert(text string, edits []insertion) string {
	var out strings.Builder
	at := 0
	for _, edit := range edits {
		out.WriteString(text[at:edit.at])
		out.WriteString(edit.text)
		at = edit.at
	}
	out.WriteString(text[at:])
	return out.String()
}

// Marks are written in characters for private use: YAML allows them, so that a
// template that parses what another one renders goes on as before.
const (
	markStart = "\ue000"
	markEnd   = "\ue001"
)

// marked adds marks with the template's number and the line's to a template's own
// text: at the end of each line, where an action interrupts it, and after what an
// action writes, so that the first mark of a rendered line tells where it begins
// or, if it begins in what an action wrote, goes on. What actions trim away has no
// marks.
func marked(text string, template int) string {
	actions, ok := scanActions(text)
	if !ok {
		return text
	}
	var edits []insertion
	line, at := 1, 0
	mark := func() string { return fmt.Sprintf("%s%d:%d%s", markStart, template, line, markEnd) }
	own := func(from, to int, trimLeft, trimRight, within bool) {
		kept := text[from:to]
		if trimRight {
			kept = strings.TrimRight(kept, " \t\r\n")
		}
		end := from + len(kept)
		if trimLeft {
			from = end - len(strings.TrimLeft(kept, " \t\r\n"))
		}
		for ; at < to; at++ {
			if at == end && end > from && !within {
				edits = append(edits, insertion{at: at, text: mark()})
			}
			if text[at] != '\n' {
				continue
			}
			if at >= from && at < end && !within {
				edits = append(edits, insertion{at: at, text: mark()})
			}
			line++
		}
		if at == end && end > from && !within {
			edits = append(edits, insertion{at: at, text: mark()})
		}
	}
	from, trims, within := 0, false, false
	for _, a := range actions {
		own(from, a.start, trims, a.trimsLeft, within)
		own(a.start, a.end, false, false, true) // the lines of the action are counted only
		if a.output && !a.within {
			edits = append(edits, insertion{at: a.end, text: call(false, `"`+mark()+`"`, a.trimsRight)})
		}
		from, trims = a.end, a.trimsRight
		within = a.within || a.defines
	}
	own(from, len(text), trims, false, within)
	return insert(text, edits)
}

// definitionsOnly keeps the named templates of a text and empties the rest, line
// for line.
func definitionsOnly(text string) string {
	actions, ok := scanActions(text)
	if !ok {
		return ""
	}
	var out strings.Builder
	at := 0
	for _, a := range actions {
		if a.closes == nil || !a.closes.defines || a.within || a.closes.word != "define" {
			continue
		}
		out.WriteString(strings.Repeat("\n", strings.Count(text[at:a.closes.start], "\n")))
		out.WriteString(text[a.closes.start:a.end])
		at = a.end
	}
	return out.String()
}
