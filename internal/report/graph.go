package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// The formats of a graph, besides HTML.
const (
	SVG Format = "svg"
	DOT Format = "dot" // what Graphviz reads
)

// GraphFormats lists every format of a graph, the default first.
func GraphFormats() []Format { return []Format{SVG, HTML, DOT} }

// ParseGraphFormat is the format of a graph of that name. The error lists what
// there is.
func ParseGraphFormat(name string) (Format, error) {
	if f := Format(name); slices.Contains(GraphFormats(), f) {
		return f, nil
	}
	return "", fmt.Errorf("%q is no output format of a graph: use svg, html or dot", name)
}

// Graph is what is drawn as boxes and arrows. Its texts may hold anything: every
// format shows them as text.
type Graph struct {
	Title       string
	Description string // what the graph shows, and what it leaves out
	Tool        Tool
	Nodes       []GraphNode
	Edges       []GraphEdge
	Gaps        []model.Gap // why the graph may lack something
}

// GraphNode is a box.
type GraphNode struct {
	ID       string // no other node has it
	Kind     string // in words, for the legend
	Label    string
	Detail   []string        // smaller lines below
	Severity *model.Severity // nil: none
	Evidence []model.Evidence
}

// GraphEdge is an arrow between two nodes, named by their IDs. There may be several
// between the same two, and from a node to itself.
type GraphEdge struct {
	From, To string
	Label    []string // one line each
	Possible bool     // only if something unknown is so
	Evidence []model.Evidence
}

// WriteGraph draws graph to w. The same graph gives the same bytes. It is an error
// that two nodes have the same ID, or that an edge names a node that is not there.
func WriteGraph(w io.Writer, f Format, graph Graph) error {
	arcs, err := graph.arcs()
	if err != nil {
		return fmt.Errorf("draw %s: %w", f, err)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	switch f {
	case SVG:
		p := newPicture(&graph, arcs)
		p.headings()
		p.write(out)
	case HTML:
		err = writeGraphPage(out, &graph, arcs)
	case DOT:
		writeDOT(out, &graph, arcs)
	default:
		_, err = ParseGraphFormat(string(f))
	}
	if err != nil {
		return fmt.Errorf("draw %s: %w", f, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("draw %s: %w", f, err)
	}
	return nil
}

// arcs are the edges between positions of nodes.
func (g *Graph) arcs() ([]arc, error) {
	at := make(map[string]int, len(g.Nodes))
	for i := range g.Nodes {
		id := g.Nodes[i].ID
		if _, twice := at[id]; twice {
			return nil, fmt.Errorf("two nodes have the id %q", id)
		}
		at[id] = i
	}
	list := make([]arc, len(g.Edges))
	for i := range g.Edges {
		from, ok := at[g.Edges[i].From]
		to, ok2 := at[g.Edges[i].To]
		if !ok || !ok2 {
			return nil, fmt.Errorf("the edge from %q to %q names a node that is not there", g.Edges[i].From, g.Edges[i].To)
		}
		list[i] = arc{from: from, to: to}
	}
	return list, nil
}

// kinds are those of the nodes, as they come.
func (g *Graph) kinds() []string {
	var list []string
	seen := map[string]bool{}
	for i := range g.Nodes {
		if kind := g.Nodes[i].Kind; !seen[kind] {
			seen[kind] = true
			list = append(list, kind)
		}
	}
	return list
}

// text is a node in one line, for whom the picture does not reach.
func (n *GraphNode) text() string {
	text := n.Label
	if n.Kind != "" {
		text = n.Kind + " " + text
	}
	if n.Severity != nil {
		text += " (" + n.Severity.String() + ")"
	}
	return brief(text, htmlValue)
}

// summary says how large the graph is.
func (g *Graph) summary() string {
	text := cmp.Or(strings.TrimSuffix(strings.TrimSpace(brief(g.Description, htmlValue)), "."), "A graph") + ". "
	text += count(len(g.Nodes), "node") + ", " + count(len(g.Edges), "edge") + "."
	if n := g.hidden(); n > 0 {
		text += " " + number(n) + " " + plural(n, "part", "parts") + " could not be read, so there may be more."
	}
	return text
}

// hidden counts the gaps that hide something: what was left aside does not.
func (g *Graph) hidden() int {
	n := 0
	for _, gap := range g.Gaps {
		if gap.Hides() {
			n++
		}
	}
	return n
}

// writeDOT writes what Graphviz draws, in the language of
// https://graphviz.org/doc/info/lang.html.
func writeDOT(w *bufio.Writer, g *Graph, arcs []arc) {
	fmt.Fprintf(w, "digraph %s {\n", dotString(g.Title))
	fmt.Fprintf(w, "  graph [rankdir=LR, label=%s, labelloc=t, tooltip=%s, fontname=\"Helvetica\", nodesep=0.25, ranksep=0.7];\n",
		dotString(g.Title), dotString(g.summary()))
	w.WriteString("  node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", color=\"#525d72\", fontcolor=\"#18202e\", fontname=\"Helvetica\", fontsize=11];\n")
	w.WriteString("  edge [color=\"#525d72\", fontcolor=\"#18202e\", fontname=\"Helvetica\", fontsize=9];\n")
	kinds := map[string]int{}
	for i, kind := range g.kinds() {
		kinds[kind] = i
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		ink, paper := graphColours(n, kinds[n.Kind])
		fmt.Fprintf(w, "  n%d [label=%s, tooltip=%s, color=%q, fillcolor=%q];\n", i,
			dotString(slices.Concat([]string{n.Kind, n.Label}, n.Detail)...), dotString(n.text()), ink, paper)
	}
	for i, a := range arcs {
		e := &g.Edges[i]
		fmt.Fprintf(w, "  n%d -> n%d [label=%s", a.from, a.to, dotString(e.Label...))
		if e.Possible {
			w.WriteString(", style=dashed")
		}
		w.WriteString("];\n")
	}
	w.WriteString("}\n")
}

// dotString is a quoted string of several lines. Graphviz reads backslashes as
// escapes and ampersands as HTML entities.
func dotString(lines ...string) string {
	var b strings.Builder
	b.WriteByte('"')
	some := false
	for _, line := range lines {
		if line == "" {
			continue
		}
		if some {
			b.WriteString(`\n`)
		}
		some = true
		b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`).Replace(brief(line, htmlValue)))
	}
	b.WriteByte('"')
	return b.String()
}
