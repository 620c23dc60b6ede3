package report

import (
	"bufio"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

const (
	margin      = 28.0  // around everything
	textWide    = 290.0 // of the texts of a node, at most
	viaWide     = 220.0 // of the label of an edge, at most
	leastWide   = 760.0 // of a picture with headings
	labelLines  = 3     // of a node
	detailLines = 6
	viaLabels   = 6 // of an edge
	boxPad      = 12.0
	boxCorner   = 7.0
	viaPad      = 6.0
	tipLong     = 8.0
	loopRoom    = 30.0 // below a node, for edges to itself
)

// picture is a graph with its places, ready to be written.
type picture struct {
	graph  *Graph
	plan   plan
	arcs   []arc
	kinds  map[string]int
	nodes  []nodeText
	edges  []edgeText
	loops  map[int][]int // edges to itself, by node
	head   []headLine    // above the drawing
	alone  bool          // a file of its own, not part of a page
	origin point         // of the plan in the picture
	size
}

// nodeText are the lines of a node.
type nodeText struct {
	kind, rank    string
	label, detail []string
	full          string // for who points at it
}

type edgeText struct {
	lines []string
	full  string
}

// headLine is a line above the drawing: text, or a row of the legend.
type headLine struct {
	class, text string
	legend      []legendEntry
	high        float64
}

// legendEntry explains a colour, or the dashed line where class is "".
type legendEntry struct{ class, text string }

// newPicture sets the texts and lays the graph out.
func newPicture(g *Graph, arcs []arc) *picture {
	p := &picture{graph: g, arcs: arcs, kinds: map[string]int{}, loops: map[int][]int{}, edges: make([]edgeText, len(arcs))}
	for i, kind := range g.kinds() {
		p.kinds[kind] = i
	}
	in, out := make([]int, len(g.Nodes)), make([]int, len(g.Nodes))
	for i := range arcs {
		a := &arcs[i]
		p.edges[i] = p.edgeText(i)
		if a.from == a.to {
			p.loops[a.from] = append(p.loops[a.from], i)
			continue
		}
		in[a.to]++
		out[a.from]++
		a.label = viaSize(p.edges[i].lines)
	}
	shapes := make([]shape, len(g.Nodes))
	for i := range g.Nodes {
		text := newNodeText(&g.Nodes[i])
		p.nodes = append(p.nodes, text)
		shapes[i].size = text.size()
		lines := float64(max(in[i], out[i]) - 1)
		shapes[i].h = max(shapes[i].h, min(120, 2*portInset+7*lines)) // lines need room to arrive
		if len(p.loops[i]) > 0 {
			shapes[i].room = loopRoom
		}
	}
	p.plan = lay(shapes, arcs)
	p.size = size{max(0, p.plan.w-2*straight) + 2*margin, p.plan.h + 2*margin}
	p.origin = point{margin - straight, margin}
	return p
}

func newNodeText(n *GraphNode) nodeText {
	t := nodeText{full: n.text(), label: labelFont().wrap(brief(n.Label, htmlValue), textWide, labelLines)}
	t.kind = kindFont().fit(brief(n.Kind, htmlValue), textWide*0.7)
	if n.Severity != nil {
		t.rank = n.Severity.String()
	}
	for i, line := range n.Detail {
		if i == detailLines-1 && len(n.Detail) > detailLines {
			t.detail = append(t.detail, fmt.Sprintf("… and %s more", number(len(n.Detail)-i)))
			break
		}
		t.detail = append(t.detail, detailFont().fit(brief(line, htmlValue), textWide))
	}
	for _, line := range n.Detail {
		t.full += "\n" + brief(line, htmlValue)
	}
	return t
}

func (t *nodeText) size() size {
	w := kindFont().width(t.kind)
	if t.rank != "" {
		w += 12 + t.pill()
	}
	for _, line := range t.label {
		w = max(w, labelFont().width(line))
	}
	for _, line := range t.detail {
		w = max(w, detailFont().width(line))
	}
	h := kindFont().line + labelFont().line*float64(len(t.label)) + detailFont().line*float64(len(t.detail))
	return size{math.Ceil(w/2)*2 + 2*boxPad + 4, h + 16}
}

// pill is the width of the mark with the severity.
func (t *nodeText) pill() float64 {
	f := kindFont()
	f.bold = true
	return f.width(t.rank) + 12
}

func (p *picture) edgeText(i int) edgeText {
	e := &p.graph.Edges[i]
	var t edgeText
	t.full = p.graph.Nodes[p.arcs[i].from].text() + " → " + p.graph.Nodes[p.arcs[i].to].text()
	for k, line := range e.Label {
		line = brief(line, htmlValue)
		t.full += "\n" + line
		switch {
		case k < viaLabels-1 || len(e.Label) == viaLabels && k == viaLabels-1:
			t.lines = append(t.lines, viaText(line, len(e.Label) > 1)...)
		case k == viaLabels-1:
			t.lines = append(t.lines, fmt.Sprintf("… and %s more", number(len(e.Label)-k)))
		}
	}
	if e.Possible {
		t.full += "\npossible: not everything it needs is known"
	}
	return t
}

// viaText breaks a line of a label. Of several only the start of each is shown.
func viaText(line string, several bool) []string {
	lines := detailFont().wrap(line, viaWide-detailFont().width("…"), 3)
	if several && len(lines) > 1 {
		return []string{lines[0] + "…"}
	}
	return lines
}

// viaSize is the box of an edge's label.
func viaSize(lines []string) size {
	if len(lines) == 0 {
		return size{}
	}
	w := 0.0
	for _, line := range lines {
		w = max(w, detailFont().width(line))
	}
	return size{math.Ceil(w/2)*2 + 2*viaPad, detailFont().line*float64(len(lines)) + 6}
}

// headings puts title, description and legend above the drawing.
func (p *picture) headings() {
	p.alone = true
	p.w = max(p.w, leastWide)
	wide := p.w - 2*margin
	title := font{"heading", 20, true, 26}
	note := font{"note", 12, false, 17}
	for _, line := range title.wrap(brief(p.graph.Title, htmlValue), wide, 2) {
		p.addHead(headLine{class: "heading", text: line, high: title.line})
	}
	for _, line := range note.wrap(p.graph.summary(), min(wide, 900), 6) {
		p.addHead(headLine{class: "note", text: line, high: note.line})
	}
	p.legend()
}

func (p *picture) addHead(line headLine) {
	p.head = append(p.head, line)
	p.origin.y += line.high
	p.h += line.high
}

// legend explains colours and dashes, above the drawing.
func (p *picture) legend() {
	entries := p.legendEntries()
	row := headLine{high: 26}
	used := 0.0
	for i, e := range entries {
		w := legendWidth(e)
		if used > 0 && used+w > p.w-2*margin {
			p.addHead(row)
			row, used = headLine{high: 26}, 0
		}
		row.legend = append(row.legend, e)
		used += w
		if i == len(entries)-1 {
			row.high += 14 // before the drawing
			p.addHead(row)
		}
	}
}

func legendWidth(e legendEntry) float64 { return math.Ceil(detailFont().width(e.text)) + 48 }

func (p *picture) legendEntries() []legendEntry {
	var plain, ranked [32]bool
	var list []legendEntry
	for i := range p.graph.Nodes {
		n := &p.graph.Nodes[i]
		if n.Severity != nil {
			ranked[*n.Severity] = true
			continue
		}
		if kind := p.kinds[n.Kind]; n.Kind != "" && kind < len(plain) && !plain[kind] {
			plain[kind] = true
			list = append(list, legendEntry{kindClass(kind), detailFont().fit(brief(n.Kind, htmlValue), viaWide)})
		}
	}
	for _, s := range model.Severities() {
		if ranked[s] {
			list = append(list, legendEntry{severityClass(s), s.String()})
		}
	}
	if slices.ContainsFunc(p.graph.Edges, func(e GraphEdge) bool { return e.Possible }) {
		list = append(list, legendEntry{"", "possible: not everything it needs is known"})
	}
	return list
}

// px writes a length: tenths of a pixel are enough.
func px(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// escapeXML makes text that stands in an element or an attribute.
func escapeXML(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s)
}

func (p *picture) write(w *bufio.Writer) {
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" class="graph" width="%s" height="%s" viewBox="0 0 %s %s" role="img" aria-labelledby="graph-title graph-description">`+"\n",
		px(p.w), px(p.h), px(p.w), px(p.h))
	fmt.Fprintf(w, "<title id=\"graph-title\">%s</title>\n<desc id=\"graph-description\">%s</desc>\n",
		escapeXML(brief(p.graph.Title, htmlValue)), escapeXML(p.graph.summary()))
	if p.alone { // a page has the style for its pictures
		fmt.Fprintf(w, "<style>\n%s</style>\n", graphStyle())
	}
	w.WriteString("<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n")
	p.writeHead(w)
	fmt.Fprintf(w, "<g transform=\"translate(%s %s)\">\n", px(p.origin.x), px(p.origin.y))
	for i := range p.arcs {
		p.writeEdge(w, i)
	}
	for i := range p.graph.Nodes {
		p.writeNode(w, i)
	}
	w.WriteString("</g>\n</svg>\n")
}

func (p *picture) writeHead(w *bufio.Writer) {
	y := margin
	for _, line := range p.head {
		y += line.high
		if line.text != "" {
			writeText(w, line.class, margin, y-8, line.text)
		}
		if line.legend == nil {
			continue
		}
		x, middle := margin, y-line.high+18
		for _, e := range line.legend {
			if e.class == "" {
				fmt.Fprintf(w, `<g class="possible"><path class="line" d="M%s %sh24"/></g>`, px(x), px(middle-4))
			} else {
				fmt.Fprintf(w, `<g class="%s"><rect class="box" x="%s" y="%s" width="22" height="12" rx="3"/></g>`, e.class, px(x), px(middle-10))
			}
			writeText(w, "note", x+28, middle, e.text)
			x += legendWidth(e)
		}
	}
}

func writeText(w *bufio.Writer, class string, x, y float64, text string) {
	fmt.Fprintf(w, "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n", class, px(x), px(y), escapeXML(text))
}
