package report

import (
	"bufio"
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

const (
	// alikeShown findings of a run of more than alikeLimit identical ones are
	// listed; the rest is counted.
	alikeLimit = 6
	alikeShown = 4
	valueLimit = 240  // bytes of a value, where the table need not be narrower
	textLimit  = 2000 // bytes of a text that is wrapped
	narrowest  = 40   // columns; a terminal is taken for at least as wide
	stacked    = 72   // columns below which a finding takes two lines
)

// table writes the report for terminals: most severe first, what to do with each
// control, and at the end, where the eye is when the output stops, what to fix
// first and what the exit status will be.
type table struct {
	w    *bufio.Writer
	scan Scan
	opts Options

	judged []frameworkOutcome
}

func writeTable(w *bufio.Writer, scan Scan, opts Options) {
	if opts.Width > 0 {
		opts.Width = max(opts.Width, narrowest)
	}
	t := table{w, scan, opts, scan.frameworks()}
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
	tail := brief(g.control.ID, valueLimit) + "  " + number(len(g.findings))
	title := brief(g.control.Title, valueLimit)
	if g.control.Title == g.control.ID {
		tail = number(len(g.findings))
	}
	if width := t.opts.Width; width > 0 {
		tail = fitStart(tail, max(width/2, 6))
		title = fitEnd(title, max(width-4-textWidth(tail), 6))
	}
	t.line(2, t.paint(bold, title)+"  "+t.paint(faint, tail))
	t.rows(g)
	for i, text := range wrap(brief(g.hint(), textLimit), t.opts.Width-6) {
		mark := "→ "
		if i > 0 {
			mark = "  "
		}
		t.line(4, t.paint(green, mark+text))
	}
}

// row is one line of a group: a finding, or the count of those left out.
type row struct {
	object, key, path, value, place string
	note                            string
}

func (t table) rows(g group) {
	rows := t.collapse(g)
	if t.opts.Width > 0 && t.opts.Width < stacked {
		t.stack(rows)
		return
	}
	widths := fitRows(rows, t.opts.Width-4)
	for _, r := range rows {
		if r.note != "" {
			t.line(4, t.paint(faint, fitWidth(r.note, t.opts.Width-4)))
			continue
		}
		t.line(4, t.paintRow(r, widths))
	}
}

// stack writes rows on terminals too narrow for columns: the object, and below it
// what is wrong and where.
func (t table) stack(rows []row) {
	for _, r := range rows {
		if r.note != "" {
			t.line(4, t.paint(faint, fitEnd(r.note, t.opts.Width-4)))
			continue
		}
		if r.key != "" {
			r.object += " " + r.key
		}
		t.line(4, fitEnd(r.object, t.opts.Width-4))
		place := fitTail(r.place, '/', (t.opts.Width-6)/2)
		room := t.opts.Width - 6
		if place != "" {
			room -= 2 + textWidth(place)
			place = "  " + t.paint(blue, place)
		}
		path, value := fitEvidence(r.path, r.value, room)
		t.line(6, t.paint(faint, path)+value+place)
	}
}

// collapse makes the rows of a group. Findings that say the same of many objects
// are cut to a few and a count, unless all are wanted.
func (t table) collapse(g group) []row {
	total, listed := map[string]int{}, map[string]int{}
	if !t.opts.All {
		for _, f := range g.findings {
			total[alike(f)]++
		}
	}
	rows := make([]row, 0, len(g.findings))
	left := map[string]map[model.ID]struct{}{}
	for _, f := range g.findings {
		like := ""
		if !t.opts.All {
			like = alike(f)
		}
		listed[like]++
		n, all := listed[like], total[like]
		if all <= alikeLimit || n <= alikeShown {
			rows = append(rows, rowOf(f))
			continue
		}
		if left[like] == nil {
			left[like] = map[model.ID]struct{}{}
		}
		left[like][f.Object.ID] = struct{}{}
		if n == all {
			hidden := all - alikeShown
			note := "… and " + count(hidden, "more object") + " alike: -o json lists them"
			if objects := len(left[like]); objects != hidden {
				note = "… and " + count(hidden, "more finding") + " alike on " + count(objects, "object") + ": -o json lists them"
			}
			rows = append(rows, row{note: note})
		}
	}
	return rows
}

// alike is equal for findings that say the same of different objects: the same
// field, whatever its position in a list, with the same value.
func alike(f *model.Finding) string {
	e := shown(f)
	if e == nil {
		return "\x00" + f.Message
	}
	path := string(e.Path)
	var b strings.Builder
	for {
		open := strings.IndexByte(path, '[')
		if open < 0 {
			break
		}
		length := strings.IndexByte(path[open:], ']')
		if length < 0 {
			break
		}
		b.WriteString(path[:open])
		if _, err := strconv.Atoi(path[open+1 : open+length]); err != nil {
			b.WriteString(path[open : open+length+1])
		}
		path = path[open+length+1:]
	}
	return b.String() + path + "\x00" + e.Value
}

// shown is the evidence that stands for the finding: the first of the object
// itself that names a field, else the first that names one.
func shown(f *model.Finding) *model.Evidence {
	var first *model.Evidence
	for i := range f.Evidence {
		e := &f.Evidence[i]
		if e.Path == "" {
			continue
		}
		if e.Object.ID == f.Object.ID {
			return e
		}
		if first == nil {
			first = e
		}
	}
	return first
}

func rowOf(f *model.Finding) row {
	r := row{object: brief(f.Object.String(), 2*valueLimit), key: brief(f.Key, valueLimit), place: brief(location(place(f)), 2*valueLimit)}
	e := shown(f)
	switch {
	case e == nil:
		r.path = brief(f.Message, valueLimit)
	case e.Value == "":
		r.path, r.value = brief(string(e.Path), 2*valueLimit), " not set"
	default:
		r.path, r.value = brief(string(e.Path), 2*valueLimit), " = "+brief(e.Value, valueLimit)
	}
	return r
}

func (t table) paintRow(r row, c columns) string {
	var b strings.Builder
	b.WriteString(pad(r.object, c.object))
	if c.key > 0 {
		b.WriteString("  " + t.paint(cyan, pad(r.key, c.key)))
	}
	b.WriteString("  " + t.paint(faint, r.path) + r.value)
	if r.place != "" {
		b.WriteString(strings.Repeat(" ", max(0, c.evidence-textWidth(r.path)-textWidth(r.value))))
		b.WriteString("  " + t.paint(blue, r.place))
	}
	return strings.TrimRight(b.String(), " ")
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
