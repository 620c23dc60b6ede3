package report

import (
	"bufio"
	"fmt"
	"strings"
)

// writeNode draws a box with a stripe of its colour, its kind, its severity and its
// lines.
func (p *picture) writeNode(w *bufio.Writer, i int) {
	n, t, r := &p.graph.Nodes[i], &p.nodes[i], p.plan.nodes[i]
	class := kindClass(p.kinds[n.Kind])
	if n.Severity != nil {
		class = severityClass(*n.Severity)
	}
	fmt.Fprintf(w, "<g class=\"node %s\"><title>%s</title>\n", class, escapeXML(t.full))
	fmt.Fprintf(w, "<rect class=\"box\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"%s\"/>\n", px(r.x), px(r.y), px(r.w), px(r.h), px(boxCorner))
	corner := fmt.Sprintf("a%s %s 0 0 0", px(boxCorner), px(boxCorner))
	fmt.Fprintf(w, "<path class=\"stripe\" d=\"M%s %s%s -%s %sv%s%s %s %sz\"/>\n", px(r.x+boxCorner), px(r.y),
		corner, px(boxCorner), px(boxCorner), px(r.h-2*boxCorner), corner, px(boxCorner), px(boxCorner))
	x := r.x + boxPad + 4
	y := r.y + (r.h-t.size().h)/2 + 8 // the texts stand in the middle of a box that lines made higher
	y += kindFont().line
	if t.kind != "" {
		writeText(w, "kind", x, y-4, t.kind)
	}
	if t.rank != "" {
		wide := t.pill()
		fmt.Fprintf(w, "<rect class=\"pill\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"15\" rx=\"4\"/>\n", px(r.x+r.w-boxPad-wide+4), px(y-15), px(wide))
		writeText(w, "rank", r.x+r.w-boxPad-wide+4+6, y-4, t.rank)
	}
	for _, line := range t.label {
		y += labelFont().line
		writeText(w, "label", x, y-4, line)
	}
	for _, line := range t.detail {
		y += detailFont().line
		writeText(w, "detail", x, y-4, line)
	}
	w.WriteString("</g>\n")
}

// writeEdge draws a line, its tip, and its label on it.
func (p *picture) writeEdge(w *bufio.Writer, i int) {
	class := "edge"
	if p.graph.Edges[i].Possible {
		class += " possible"
	}
	fmt.Fprintf(w, "<g class=\"%s\"><title>%s</title>\n", class, escapeXML(p.edges[i].full))
	if p.arcs[i].from == p.arcs[i].to {
		p.writeLoop(w, i)
	} else {
		line, tip := p.plan.routes[i].paths()
		fmt.Fprintf(w, "<path class=\"line\" d=\"%s\"/><path class=\"tip\" d=\"%s\"/>\n", line, tip)
		p.writeVia(w, i)
	}
	w.WriteString("</g>\n")
}

func (p *picture) writeVia(w *bufio.Writer, i int) {
	r, lines := p.plan.routes[i].label, p.edges[i].lines
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "<rect class=\"via-box\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"5\"/>\n", px(r.x), px(r.y), px(r.w), px(r.h))
	for k, line := range lines {
		writeText(w, "via", r.x+viaPad, r.y+3+detailFont().line*float64(k+1)-4, line)
	}
}

// writeLoop draws an edge from a node to itself below the node.
func (p *picture) writeLoop(w *bufio.Writer, i int) {
	node := p.arcs[i].from
	r := p.plan.nodes[node]
	which := 0
	for p.loops[node][which] != i {
		which++
	}
	places := max(1, int((r.w-2*boxCorner)/30))
	start := r.x + r.w - boxCorner - 4 - float64(which%places)*30
	end, bottom := start-18, r.y+r.h
	fmt.Fprintf(w, "<path class=\"line\" d=\"M%s %sC%s %s %s %s %s %s\"/>", px(start), px(bottom),
		px(start+2), px(bottom+20), px(end-2), px(bottom+20), px(end), px(bottom+tipLong-1))
	fmt.Fprintf(w, "<path class=\"tip\" d=\"M%s %sl4 %sh-8z\"/>\n", px(end), px(bottom), px(tipLong))
	if lines := p.edges[i].lines; which == 0 && len(lines) > 0 {
		text := lines[0]
		if more := len(p.loops[node]) + len(p.graph.Edges[i].Label) - 2; more > 0 {
			text += fmt.Sprintf(" (+%d)", more)
		}
		right := end - 10 - 30*float64(min(places, len(p.loops[node]))-1) // left of all of them
		text = detailFont().fit(text, max(0, right-r.x-boxCorner))
		writeText(w, "via", right-detailFont().width(text)/slack, bottom+16, text)
	}
}

// paths are the line of a route and the tip at its end. The line ends before the
// tip does.
func (r *route) paths() (line, tip string) {
	points := append([]point(nil), r.points...)
	last := len(points) - 1
	at, direction := points[last], -1.0
	if r.turned {
		at, direction = points[0], 1
		points[0].x += tipLong - 1
	} else {
		points[last].x -= tipLong - 1
	}
	var b strings.Builder
	fmt.Fprintf(&b, "M%s %s", px(points[0].x), px(points[0].y))
	for i := 0; i+3 < len(points); i += 4 {
		from, to := points[i+1], points[i+2]
		middle := (from.x + to.x) / 2
		if from.y == to.y {
			fmt.Fprintf(&b, "H%s", px(points[i+3].x))
			continue
		}
		fmt.Fprintf(&b, "H%sC%s %s %s %s %s %sH%s", px(from.x), px(middle), px(from.y), px(middle), px(to.y), px(to.x), px(to.y), px(points[i+3].x))
	}
	tip = fmt.Sprintf("M%s %sl%s -4v8z", px(at.x), px(at.y), px(direction*tipLong))
	return b.String(), tip
}
