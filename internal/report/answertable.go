package report

import (
	"bufio"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

const (
	columnGap   = 2
	columnLeast = 9 // what the widest cells can be narrowed to; else rows become blocks
)

// writeAnswerTable writes the reply, the tables and then what is not known. Cells
// are broken into lines rather than cut: nothing of an answer gets lost.
func writeAnswerTable(w *bufio.Writer, a Answer, opts Options) {
	if a.Silent && a.empty() {
		return
	}
	if opts.Width > 0 {
		opts.Width = max(opts.Width, narrowest)
	}
	t := table{w: w, opts: opts, scan: Scan{Result: &model.Result{Gaps: a.Gaps}}}
	for _, line := range wrap(brief(a.Reply, textLimit), opts.Width) {
		t.line(0, t.paint(replyStyle(a.Outcome), line))
	}
	for _, line := range wrap(a.Legend, opts.Width) {
		t.line(0, t.paint(faint, line))
	}
	notes := footnotes{}
	for i := range a.Tables {
		t.answerRows(&a.Tables[i], notes)
	}
	t.footnotes(notes)
	t.gaps()
	if n := t.scan.gaps(); n > 0 {
		t.w.WriteByte('\n')
		t.entry("", "Incomplete: "+count(n, "gap")+" (exit 2).")
	}
}

// empty reports whether there is nothing to show but the reply.
func (a *Answer) empty() bool {
	return len(a.Gaps) == 0 && !slices.ContainsFunc(a.Tables, func(t AnswerTable) bool { return len(t.Rows) > 0 })
}

func replyStyle(outcome model.Outcome) string {
	switch outcome {
	case model.Pass:
		return "1;" + green
	case model.Fail:
		return red
	case model.Unknown:
		return "1;" + yellow
	default:
		return bold
	}
}

func (t table) answerRows(a *AnswerTable, notes footnotes) {
	if len(a.Rows) == 0 {
		return
	}
	t.w.WriteByte('\n')
	if a.Title != "" {
		t.entry("", brief(a.Title, textLimit))
	}
	rows := make([][]string, 0, len(a.Rows)+1)
	head := make([]string, len(a.Columns))
	for i, name := range a.Columns {
		head[i] = strings.ToUpper(name)
	}
	rows = append(rows, head)
	for _, row := range a.Rows {
		cells := make([]string, len(row))
		for i := range row {
			if a.Lists {
				cells[i] = visible(row[i].Text)
				continue
			}
			cells[i] = notes.cell(a.Columns[i], &row[i])
		}
		rows = append(rows, cells)
	}
	if widths := answerWidths(rows, t.opts.Width); widths != nil {
		above := ""
		for i, cells := range rows {
			first := cells[0]
			if a.Lists && first == above {
				cells[0] = ""
			}
			above = first
			t.cells(cells, widths, i == 0)
		}
	} else {
		t.blocks(rows)
	}
}

// footnotes are the parts of cells by the column that they stand in, in the order
// in which they come.
type footnotes map[string][]string

// cell is the text of a cell; of one with parts their numbers.
func (f footnotes) cell(column string, c *Cell) string {
	if len(c.Parts) == 0 {
		return brief(c.Text, textLimit)
	}
	var numbers []int
	for _, part := range c.Parts {
		at := slices.Index(f[column], part)
		if at < 0 {
			at = len(f[column])
			f[column] = append(f[column], part)
		}
		numbers = append(numbers, at+1)
	}
	slices.Sort(numbers)
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}

func (t table) footnotes(notes footnotes) {
	for _, column := range slices.Sorted(maps.Keys(notes)) {
		t.w.WriteByte('\n')
		t.line(0, t.paint(faint, strings.ToUpper(column)))
		digits := len(strconv.Itoa(len(notes[column])))
		for i, note := range notes[column] {
			t.entry(fmt.Sprintf("%*d  ", digits, i+1), brief(note, textLimit))
		}
	}
}

// cells writes one row, on as many lines as its longest cell takes.
func (t table) cells(cells []string, widths []int, head bool) {
	folded := make([][]string, len(cells))
	lines := 1
	for i, cell := range cells {
		folded[i] = fold(cell, widths[i])
		lines = max(lines, len(folded[i]))
	}
	for n := range lines {
		var b strings.Builder
		for i := range folded {
			text := ""
			if n < len(folded[i]) {
				text = folded[i][n]
			}
			if i < len(folded)-1 {
				text = pad(text, widths[i]) + strings.Repeat(" ", columnGap)
			}
			b.WriteString(text)
		}
		text := strings.TrimRight(b.String(), " ")
		if head {
			text = t.paint(faint, text)
		}
		t.line(0, text)
	}
}

// blocks writes each row as lines of its own, where columns would be too narrow.
func (t table) blocks(rows [][]string) {
	for i, row := range rows[1:] {
		if i > 0 {
			t.w.WriteByte('\n')
		}
		for j, cell := range row {
			switch {
			case j == 0:
				t.entry("", cell)
			case cell != "":
				t.entry("  "+strings.ToLower(rows[0][j])+": ", cell)
			}
		}
	}
}

// answerWidths are the widths of the columns: what they need if that fits, else the
// widest give way, all to the same width; a heading of several words gives way before
// them. The first row is the headings. nil: width is too little for columns.
func answerWidths(rows [][]string, width int) []int {
	needs, least := make([]int, len(rows[0])), make([]int, len(rows[0]))
	for i, row := range rows {
		for j, cell := range row {
			need := textWidth(cell)
			needs[j] = max(needs[j], need)
			if i == 0 {
				need = longest(cell)
			}
			least[j] = max(least[j], need)
		}
	}
	room := width - columnGap*(len(needs)-1)
	if width <= 0 || total(needs, width) <= room {
		return needs
	}
	limit := 0
	for total(least, limit+1) <= room && limit < room {
		limit++
	}
	if limit < columnLeast {
		return nil
	}
	spare := room - total(least, limit)
	for i, need := range least {
		least[i] = min(need, limit)
		more := max(0, min(spare, needs[i]-least[i])) // what is left over
		least[i] += more
		spare -= more
	}
	return least
}

// longest is the width of the longest part of a text.
func longest(s string) int {
	width := 0
	for part := range parts(s, partsNames) {
		width = max(width, textWidth(strings.TrimRight(part, " ")))
	}
	return width
}

func total(widths []int, limit int) int {
	sum := 0
	for _, width := range widths {
		sum += min(width, limit)
	}
	return sum
}

// fold breaks text into lines of at most width columns: behind a space, or where that
// leaves more than half of a line empty another character that parts names. A part that
// fits no line is broken where the line ends.
func fold(s string, width int) []string {
	f := folder{width: width}
	for word := range parts(s, partsWords) {
		switch need := textWidth(strings.TrimRight(word, " ")); {
		case f.used+need <= width:
			f.add(word)
		case need <= width && f.used >= width/2:
			f.flush()
			f.add(word)
		default:
			for part := range parts(word, partsNames) {
				f.part(part)
			}
		}
	}
	return append(f.lines, strings.TrimRight(f.line, " "))
}

// folder fills lines.
type folder struct {
	width, used int
	line        string
	lines       []string
}

func (f *folder) add(text string) {
	f.line += text
	f.used += textWidth(text)
}

func (f *folder) flush() {
	f.lines, f.line, f.used = append(f.lines, strings.TrimRight(f.line, " ")), "", 0
}

// part adds what is broken only if it fits no line, or would leave half of this one
// empty.
func (f *folder) part(text string) {
	need := textWidth(strings.TrimRight(text, " "))
	if f.used > 0 && f.used+need > f.width && (need <= f.width || f.used >= f.width/2) {
		f.flush()
	}
	for f.used+textWidth(strings.TrimRight(text, " ")) > f.width {
		cut := prefix(text, f.width-f.used)
		if f.used == 0 {
			cut = max(cut, firstSize(text))
		}
		f.add(text[:cut])
		f.flush()
		text = text[cut:]
	}
	f.add(text)
}

// partsWords reports whether a line may end in front of the byte at i.
func partsWords(s string, i int) bool { return s[i-1] == ' ' && s[i] != ' ' }

// partsNames does so too behind a character that parts names, and in front of a kind in
// brackets.
func partsNames(s string, i int) bool {
	return s[i] == '[' || strings.IndexByte("/:,.-", s[i-1]) >= 0 || partsWords(s, i)
}

// parts breaks a text wherever that is possible.
func parts(s string, possible func(s string, i int) bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		from := 0
		for i := 1; i < len(s); i++ {
			if possible(s, i) {
				if !yield(s[from:i]) {
					return
				}
				from = i
			}
		}
		yield(s[from:])
	}
}
