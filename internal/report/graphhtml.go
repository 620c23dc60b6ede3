package report

import (
	"bufio"
	_ "embed"

	"holdfast.dev/holdfast/internal/model"
)

//go:embed page/graph.html
var graphTemplate string

// graphPageStyle is what the page of a graph needs besides the style of every page.
// The picture takes the width of the window, the tables that of every page.
const graphPageStyle = `#picture { margin-inline: calc(50% - 50vw + 1.5rem); }
.picture { overflow: auto; }
.picture svg { display: block; margin: 0 auto; max-width: none; }
#edges td, #nodes td { font-size: .92rem; }
#edges td:nth-child(-n+2), #nodes td:nth-child(-n+2) { min-width: 12rem; }
@media print { .scroll { break-inside: auto; } tr { break-inside: avoid; } #picture { margin-inline: 0; } .picture { overflow: visible; } .picture svg { max-width: 100%; height: auto; } }
`

// graphPage is what the template shows. Its texts are visible text already.
type graphPage struct {
	Head           pageHead
	Title, Summary string
	Nodes          []graphNodeView
	Edges          []graphEdgeView
	Missing        *gapSection

	Tool, Version, Commit string
}

type graphNodeView struct {
	Kind, Label, Severity string
	Detail                []string
	Evidence              []placeView
}

type graphEdgeView struct {
	From, To string
	Label    []string
	Possible bool
	Evidence []placeView
}

// placeView is one piece of evidence.
type placeView struct{ Place, Object, Path, Value string }

// writeGraphPage writes one file that needs nothing else: the picture, and all that
// it shows as tables.
func writeGraphPage(w *bufio.Writer, g *Graph, arcs []arc) error {
	templates, err := parsePage(graphTemplate)
	if err != nil {
		return err
	}
	view := newGraphPage(g, arcs)
	if err := templates.ExecuteTemplate(w, "head", view); err != nil {
		return err
	}
	p := newPicture(g, arcs)
	p.legend()
	p.write(w)
	return templates.ExecuteTemplate(w, "tail", view)
}

func newGraphPage(g *Graph, arcs []arc) graphPage {
	title := brief(g.Title, htmlValue)
	view := graphPage{
		Head:  newPageHead(title+" – Holdfast", pageStyle+graphPageStyle+graphStyle(), ""),
		Title: title, Summary: g.summary(), Missing: newGapSection("picture", g.Gaps),
		Tool: visible(Scan{Tool: g.Tool}.toolName()), Version: visible(g.Tool.Version), Commit: visible(g.Tool.Commit),
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		v := graphNodeView{Kind: brief(n.Kind, htmlValue), Label: brief(n.Label, htmlValue), Detail: briefs(n.Detail), Evidence: placeViews(n.Evidence)}
		if n.Severity != nil {
			v.Severity = n.Severity.String()
		}
		view.Nodes = append(view.Nodes, v)
	}
	for i, a := range arcs {
		e := &g.Edges[i]
		view.Edges = append(view.Edges, graphEdgeView{g.Nodes[a.from].text(), g.Nodes[a.to].text(), briefs(e.Label), e.Possible, placeViews(e.Evidence)})
	}
	return view
}

func briefs(lines []string) []string {
	var list []string
	for _, line := range lines {
		list = append(list, brief(line, htmlValue))
	}
	return list
}

func placeViews(evidence []model.Evidence) []placeView {
	var list []placeView
	for _, e := range evidence {
		list = append(list, placeView{brief(location(e.File, e.Line), htmlValue), brief(e.Object.String(), htmlValue),
			brief(string(e.Path), htmlValue), brief(e.Value, htmlValue)})
	}
	return list
}
