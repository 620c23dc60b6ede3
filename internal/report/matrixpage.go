package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/model"
)

var (
	//go:embed page/matrix.html
	matrixTemplate string
	//go:embed page/matrix.css
	matrixStyle string
)

const (
	matrixWhole = 40  // so many workloads have a line each; of more, those that are alike share one
	matrixLimit = 400 // lines; a page with more is no help to anyone
)

// matrixPage is what the template shows. Its texts are visible text already.
type matrixPage struct {
	Head    pageHead
	Target  string
	Reply   string
	Filter  string
	State   string
	Spaces  []matrixSpace // of the columns
	Heads   []matrixHead  // columns
	Rows    []matrixRow
	Tables  []answerTableView
	Missing *gapSection
	Shared  bool // some lines stand for several workloads
}

// matrixSpace is a namespace over its columns.
type matrixSpace struct {
	Name string
	Span int
}

// matrixHead names a row or a column.
type matrixHead struct {
	Name, Full string
	Members    []string // where it stands for several
	First      bool     // of its namespace
}

type matrixRow struct {
	matrixHead
	Space string // in the first row of a namespace
	Span  int
	Cells []matrixCell
}

// matrixCell is what the row can open to the column.
type matrixCell struct {
	Class, Text string
	Full        string   // for who points at it
	Lines       []string // when it is opened; none where Text says it all
	First       bool     // of its namespace
}

// writeMatrixPage writes one file that needs nothing else, no script included.
func writeMatrixPage(w *bufio.Writer, c *Connections) error {
	matrix := c.Network.Matrix(c.List, false)
	d := netDrawing{Grid: matrix.Grid(), names: newPeerNames(matrix.Ends), known: map[string]bool{}}
	parts := d.shown()
	if len(parts) <= matrixWhole {
		parts = apart(parts)
	} else if len(parts) > matrixLimit {
		return fmt.Errorf("a matrix of %s lines is not readable: show less with -n, --from, --to or --port, or use another format", number(len(parts)))
	}
	t, err := parsePage(matrixTemplate)
	if err != nil {
		return err
	}
	state := replyState(model.NotApplicable)
	if countVerdict(matrix, reach.Unknown) > 0 {
		state = replyState(model.Unknown)
	}
	view := matrixPage{
		Head: newPageHead("Who can reach whom – Holdfast", pageStyle+answerStyle+matrixStyle, ""), Missing: newGapSection("list", c.Gaps),
		Target: brief(c.Target, textLimit), Reply: connectionReply(matrix), Filter: brief(c.Filter, textLimit), State: state, Shared: len(parts) < len(matrix.Ends),
	}
	view.lay(&d, parts)
	tables := []AnswerTable{matrixTable(matrix), matrixTable(c.Network.Matrix(c.List, true))}
	for i, title := range []string{"Who reaches each workload", "What each workload reaches"} {
		tables[i].Title = title
		view.Tables = append(view.Tables, viewTable(&tables[i], title))
	}
	return t.Execute(w, view)
}

// apart gives each workload a part of its own, in the order of their names.
func apart(parts [][]int) [][]int {
	var all []int
	for _, part := range parts {
		all = append(all, part...)
	}
	if len(all) > matrixWhole {
		return parts
	}
	slices.Sort(all)
	list := make([][]int, len(all))
	for i := range all {
		list[i] = all[i : i+1]
	}
	return list
}

// lay fills the grid: the rows and columns of workloads by namespace, then outside.
func (v *matrixPage) lay(d *netDrawing, parts [][]int) {
	outbound, inbound, ingress := false, false, false
	for i, part := range parts {
		head := d.head(part)
		head.First = i == 0 || d.Ends[parts[i-1][0]].Namespace != d.Ends[part[0]].Namespace
		v.Heads = append(v.Heads, head)
		if head.First {
			v.Spaces = append(v.Spaces, matrixSpace{Name: brief(d.Ends[part[0]].Namespace, htmlValue)})
		}
		v.Spaces[len(v.Spaces)-1].Span++
		outbound = outbound || len(d.To(part[0])) > 0
		for _, g := range d.From(part[0]) {
			inbound, ingress = inbound || len(g.Ranges) > 0, ingress || g.Ingress
		}
	}
	if outbound {
		v.Spaces = append(v.Spaces, matrixSpace{Name: "outside", Span: 1})
		v.Heads = append(v.Heads, matrixHead{Name: "addresses", Full: "addresses that are no pod's", First: true})
	}
	at := 0
	for i, src := range parts {
		row := matrixRow{matrixHead: v.Heads[i]}
		if row.First {
			row.Space, row.Span = v.Spaces[at].Name, v.Spaces[at].Span
			at++
		}
		for j, dst := range parts {
			cell := d.cell(src, dst, v.Heads[j].First)
			if cell.Text == "" && len(parts) > matrixWhole {
				cell.Full = "" // what is denied is most of a large matrix
			}
			row.Cells = append(row.Cells, cell)
		}
		if outbound {
			row.Cells = append(row.Cells, d.outsideCell(d.To(src[0]), false, row.Name+" → outside", true))
		}
		v.Rows = append(v.Rows, row)
	}
	v.outside(d, parts, inbound, ingress, outbound)
}

// outside adds the rows of what comes from outside.
func (v *matrixPage) outside(d *netDrawing, parts [][]int, inbound, ingress, outbound bool) {
	first := true
	for _, kind := range []struct {
		there, ingress bool
		name, full     string
	}{{inbound, false, "addresses", "addresses that are no pod's"}, {ingress, true, reach.IngressController, "the pods that serve Ingresses, Gateways and Routes"}} {
		if !kind.there {
			continue
		}
		row := matrixRow{matrixHead: matrixHead{Name: kind.name, Full: kind.full, First: first}}
		if first {
			row.Space, row.Span = "outside", 1
			if inbound && ingress {
				row.Span = 2
			}
		}
		first = false
		for j, dst := range parts {
			row.Cells = append(row.Cells, d.outsideCell(d.From(dst[0]), kind.ingress, kind.name+" → "+v.Heads[j].Full, v.Heads[j].First))
		}
		if outbound {
			row.Cells = append(row.Cells, matrixCell{Class: "void", First: true})
		}
		v.Rows = append(v.Rows, row)
	}
}

func (d *netDrawing) head(part []int) matrixHead {
	if len(part) == 1 {
		return matrixHead{Name: brief(d.names.bare[part[0]], htmlValue), Full: brief(d.Ends[part[0]].String(), htmlValue)}
	}
	head := matrixHead{Name: count(len(part), "workload")}
	for _, i := range part {
		head.Members = append(head.Members, brief(d.names.bare[i], htmlValue))
	}
	head.Full = brief(d.Ends[part[0]].Namespace+"/"+strings.Join(head.Members, ", "), htmlValue)
	return head
}

func (d *netDrawing) cell(src, dst []int, first bool) matrixCell {
	access := d.accessOf(src, dst)
	if src[0] == dst[0] && len(dst) == 1 && access == nil && !d.Ends[src[0]].Replicated {
		return matrixCell{Class: "self", First: first}
	}
	cell := accessCell([]reach.Access{access}, []string{""})
	cell.First = first
	cell.Full = brief(d.head(src).Full+" → "+d.head(dst).Full+": "+cell.Full, htmlValue)
	return cell
}

// outsideCell says which addresses, or which ingress, and what they can open.
func (d *netDrawing) outsideCell(groups []reach.Group, ingress bool, pair string, first bool) matrixCell {
	var accesses []reach.Access
	var who []string
	for i := range groups {
		g := &groups[i]
		switch {
		case ingress && g.Ingress:
			accesses, who = append(accesses, d.Accesses[g.Access]), append(who, "")
		case !ingress && len(g.Ranges) > 0:
			accesses, who = append(accesses, d.Accesses[g.Access]), append(who, strings.Join(rangeTexts(g.Ranges), ", ")+": ")
		}
	}
	cell := accessCell(accesses, who)
	cell.First = first
	cell.Full = brief(pair+": "+cell.Full, htmlValue)
	return cell
}

// accessCell sums up accesses, each of whom a text says. A cell is as bad as the worst
// that is certain about it: open, some ports, then what is uncertain, then nothing.
func accessCell(accesses []reach.Access, who []string) matrixCell {
	cell := matrixCell{Class: "none", Full: "denied"}
	var texts []string
	for i, access := range accesses {
		for _, verdict := range access.Verdicts() {
			ports := PortsText(access, verdict)
			line := who[i] + ports
			if verdict != reach.Allowed {
				line += " (" + strings.Join(append([]string{verdict.String()}, conditionsOf(access, verdict)...), ": ") + ")"
			}
			cell.Lines = append(cell.Lines, brief(line, htmlValue))
			texts = append(texts, ports)
			cell.Class = openest(cell.Class, cellClass(verdict, ports))
		}
	}
	if len(texts) == 0 {
		return cell
	}
	cell.Full = strings.Join(cell.Lines, "; ")
	cell.Text = cellText(texts)
	if len(cell.Lines) == 1 && cell.Lines[0] == texts[0] && shortPorts(texts[0]) == cell.Text {
		cell.Lines = nil
	}
	return cell
}

func cellClass(verdict reach.Verdict, ports string) string {
	switch {
	case verdict == reach.Allowed && ports == "all ports":
		return "open"
	case verdict == reach.Allowed:
		return "some"
	default:
		return verdict.String()
	}
}

// openest of two classes is the one that a reader must not overlook.
func openest(a, b string) string {
	for _, class := range []string{"open", "some", "unknown", "undefined", "conditional"} {
		if a == class || b == class {
			return class
		}
	}
	return a
}

// cellText fits a narrow column.
func cellText(texts []string) string {
	if len(texts) > 1 {
		for _, text := range texts {
			if text != texts[0] {
				return count(len(texts), "rule")
			}
		}
	}
	short := shortPorts(texts[0])
	if len(short) > 11 {
		return count(strings.Count(short, ",")+strings.Count(short, ";")+1, "port")
	}
	return short
}

// shortPorts leaves out what is usual: TCP.
func shortPorts(text string) string {
	if text == "all ports" {
		return "all"
	}
	return strings.TrimPrefix(text, "TCP ")
}
