package report

import (
	"bufio"
	"fmt"
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
// widest give way, all to the same width; a long heading gives way before them. The
// first row is the headings. nil: width is too little for columns.
func answerWidths(rows [][]string, width int) []int {
	needs, least := make([]int, len(rows[0])), make([]int, len(rows[0]))
	for i, row := range rows {
		for j, cell := range row {
			need := textWidth(cell)
			needs[j] = max(needs[j], need)
			if i == 0 {
				need = min(need, columnLeast)
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

func total(widths []int, limit int) int {
	sum := 0
	for _, width := range widths {
		sum += min(width, limit)
	}
	return sum
}

// fold breaks text into lines of at most width columns: behind a space, or else another
// character that parts names, if there is one in the second half of the line.
func fold(s string, width int) []string {
	var lines []string
	for textWidth(s) > width {
		cut := max(prefix(s, width), firstSize(s))
		if at := strings.LastIndexByte(s[:cut], ' '); at >= cut/2 {
			cut = at + 1
		} else if at := strings.LastIndexAny(s[:cut], "/:,.-"); at >= cut/2 {
			cut = at + 1
		}
		lines = append(lines, strings.TrimRight(s[:cut], " "))
		s = strings.TrimLeft(s[cut:], " ")
	}
	return append(lines, s)
}
