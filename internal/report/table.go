package report

import (
	"bufio"
	"cmp"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

const (
	// alikeShown findings of a run of more than alikeLimit identical ones are
	// listed; the rest is counted.
	alikeLimit = 6
	alikeShown = 4
	rowsLimit  = 8    // findings of a group that are listed though they differ
	rowsShown  = 6    // when there are more
	valueLimit = 240  // bytes of a value, where the table need not be narrower
	textLimit  = 2000 // bytes of a text that is wrapped
	narrowest  = 40   // columns; a terminal is taken for at least as wide
	valueLeast = 24   // columns that a cut value still tells something in
	stacked    = 60   // columns below which a finding takes two lines
)

// table writes the report for terminals: most severe first, what to do with each
// control, and at the end, where the eye is when the output stops, what to fix
// first and what the exit status will be.
type table struct {
	w    *bufio.Writer
	scan Scan
	opts Options

	judged []frameworkOutcome
	hinted map[string]bool // controls whose hint stands above, by id and hint
}

func writeTable(w *bufio.Writer, scan Scan, opts Options) {
	if opts.Width > 0 {
		opts.Width = max(opts.Width, narrowest)
	}
	t := table{w, scan, opts, scan.frameworks(), map[string]bool{}}
	sections := scan.sections()
	t.header()
	t.frameworks()
	for _, s := range sections {
		t.section(s)
	}
	t.paths()
	t.exceptions()
	t.gaps()
	t.unknowns()
	t.fixFirst(sections)
	t.summary()
}

func (t table) header() {
	for _, line := range wrap(brief(cmp.Or(t.scan.Target, "scan"), textLimit), t.opts.Width) {
		t.line(0, t.paint(bold, line))
	}
	for _, line := range wrap(strings.Join(t.scan.facts(), " · "), t.opts.Width) {
		t.line(0, t.paint(faint, line))
	}
	if len(t.scan.Result.Findings) > 0 {
		t.counts()
	}
}

func (t table) section(s section) {
	t.heading(severityStyle(s.severity), strings.ToUpper(s.severity.String()), count(s.count, "finding"))
	for i, g := range s.groups {
		if i > 0 {
			t.w.WriteByte('\n')
		}
		t.group(g)
	}
}

func (t table) group(g group) {
	tail := number(len(g.findings))
	if g.control.Title != g.control.ID {
		tail = brief(g.control.ID, valueLimit) + "  " + tail
	}
	title := wrap(brief(g.control.Title, valueLimit), t.opts.Width-2)
	for i, line := range title {
		line = t.paint(bold, line)
		if i == len(title)-1 && (t.opts.Width <= 0 || 4+textWidth(title[i])+textWidth(tail) <= t.opts.Width) {
			line, tail = line+"  "+t.paint(faint, tail), ""
		}
		t.line(2, line)
	}
	if tail != "" {
		t.line(2, t.paint(faint, fitStart(tail, t.opts.Width-2)))
	}
	t.rows(g)
	hint := brief(g.hint(), textLimit)
	if said := g.control.ID + " " + hint; t.hinted[said] {
		hint = "As above."
	} else {
		t.hinted[said] = true
	}
	for i, text := range wrap(hint, t.opts.Width-6) {
		mark := "→ "
		if i > 0 {
			mark = "  "
		}
		t.line(4, t.paint(green, mark+text))
	}
}

func fitWidth(s string, width int) string {
	if width <= 0 {
		return s
	}
	return fitEnd(s, width)
}

func (t table) heading(style, name, fact string) {
	rule := 78
	if t.opts.Width > 0 {
		rule = min(t.opts.Width, 120)
	}
	t.w.WriteByte('\n')
	left := rule - textWidth(name) - 2 - textWidth(fact) - 1
	if left < 0 && t.opts.Width > 0 {
		t.line(0, t.paint(style, name))
		t.entry("  ", fact)
		return
	}
	head := t.paint(style, name) + "  " + fact
	if left > 0 {
		head += " " + t.paint(faint, strings.Repeat("─", left))
	}
	t.line(0, head)
}

func (t table) line(indent int, text string) {
	fmt.Fprintf(t.w, "%*s%s\n", indent, "", text)
}

// The attributes are those of the terminal's own sixteen colours, so that they
// follow the theme that its owner chose.
const (
	bold    = "1"
	faint   = "2"
	red     = "1;31"
	magenta = "1;97;41"
	yellow  = "33"
	green   = "32"
	blue    = "34"
	cyan    = "36"
)

func severityStyle(s model.Severity) string {
	switch s {
	case model.Critical:
		return magenta
	case model.High:
		return red
	case model.Medium:
		return "1;" + yellow
	case model.Low:
		return "1;" + cyan
	default:
		return bold
	}
}

func (t table) paint(style, text string) string {
	if !t.opts.Color || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}
