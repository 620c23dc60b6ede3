package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"holdfast.dev/holdfast/internal/model"
)

func renderGraph(t testing.TB, f Format, g Graph) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteGraph(&out, f, g); err != nil {
		t.Fatalf("%s: %v", f, err)
	}
	return out.Bytes()
}

func sampleGraph() Graph {
	critical, high, low := model.Critical, model.High, model.Low
	evidence := func(kind, name string, path model.Path, line int) []model.Evidence {
		return []model.Evidence{{Object: model.Ref{ID: model.ID{Kind: kind, Namespace: "shop", Name: name}}, Path: path, File: "deploy/rbac.yaml", Line: line}}
	}
	return Graph{
		Title: "What ServiceAccount shop/web can make of its rights", Description: "Subject, bindings, roles, and what they yield",
		Nodes: []GraphNode{
			{ID: "s", Kind: "ServiceAccount", Label: "web", Detail: []string{"namespace shop"}},
			{ID: "b", Kind: "ClusterRoleBinding", Label: "web", Detail: []string{"in the whole cluster", "rbac.yaml:3"}, Evidence: evidence("ClusterRoleBinding", "web", "", 3)},
			{ID: "r", Kind: "ClusterRole", Label: "system:controller:clusterrole-aggregation-controller-of-another-kind", Evidence: evidence("ClusterRole", "r", "", 20)},
			{ID: "a", Kind: "yields admin", Label: "the cluster", Severity: &critical},
			{ID: "n", Kind: "yields namespace", Label: "Namespace shop", Severity: &high, Detail: []string{"1", "2", "3", "4", "5", "6", "7"}},
			{ID: "d", Kind: "yields denial", Label: "every Event of shop", Severity: &low},
		},
		Edges: []GraphEdge{
			{From: "s", To: "b", Evidence: evidence("ClusterRoleBinding", "web", "subjects[0]", 9)},
			{From: "b", To: "r", Label: []string{"as Group system:authenticated"}},
			{From: "r", To: "a", Label: []string{"Escalate roles"}, Evidence: evidence("ClusterRole", "r", "rules[2]", 31)},
			{From: "r", To: "n", Label: []string{"Create pods", "Create jobs", "3", "4", "5", "6", "Exec into pods", "8"}},
			{From: "r", To: "n", Label: []string{"Create pods, if the namespace does not enforce the Pod Security level baseline, and some more"}, Possible: true},
			{From: "r", To: "r", Label: []string{"escalate"}}, {From: "r", To: "r"},
			{From: "n", To: "s", Label: []string{"mounts its token"}},
		},
		Gaps: []model.Gap{{Scope: model.Scope{Group: "rbac.authorization.k8s.io", Kind: "Role"}, Reason: "forbidden"}},
	}
}

// addGraphs adds the golden files of graphs.
func addGraphs(t *testing.T, files map[string][]byte) {
	for _, f := range GraphFormats() {
		out := renderGraph(t, f, sampleGraph())
		style := pageStyle + graphPageStyle + graphStyle()
		out = bytes.ReplaceAll(out, []byte(style), []byte("(style)"))
		out = bytes.ReplaceAll(out, []byte(strings.ReplaceAll(digest(style), "+", "&#43;")), []byte("(digest)"))
		files["graph."+string(f)] = out
	}
}

// elements counts the elements of a picture by name and class, and fails unless it is
// XML of the few elements that pictures are made of.
func elements(t testing.TB, svg []byte) map[string]int {
	t.Helper()
	found := map[string]int{}
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains([]string{"svg", "title", "desc", "style", "g", "rect", "path", "text"}, start.Name.Local) {
			t.Fatalf("an element %s", start.Name.Local)
		}
		key := start.Name.Local
		for _, a := range start.Attr {
			if a.Name.Local == "class" {
				class, _, _ := strings.Cut(a.Value, " ")
				key += "." + class
			}
			if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Name.Local, "href") {
				t.Fatalf("an attribute %s", a.Name.Local)
			}
		}
		found[key]++
	}
}

func TestEverythingIsDrawn(t *testing.T) {
	for name, g := range map[string]Graph{"sample": sampleGraph(), "empty": {}, "large": largeGraph(100, 400), "hostile": hostileGraph(hostile())} {
		found := elements(t, renderGraph(t, SVG, g))
		for key, want := range map[string]int{"g.node": len(g.Nodes), "g.edge": len(g.Edges), "path.tip": len(g.Edges), "path.stripe": len(g.Nodes)} {
			if found[key] != want {
				t.Errorf("%s: %d of %s, want %d", name, found[key], key, want)
			}
		}
		dot := string(renderGraph(t, DOT, g))
		if n := strings.Count(dot, "];\n"); n != len(g.Nodes)+len(g.Edges)+3 {
			t.Errorf("%s: %d statements in dot", name, n)
		}
		page := string(renderGraph(t, HTML, g))
		if n := strings.Count(page, "<tr><td>"); n < len(g.Nodes)+len(g.Edges) {
			t.Errorf("%s: %d rows in the page", name, n)
		}
	}
}

// What the picture cuts is whole for who points at it, and in the page.
func TestNothingIsLost(t *testing.T) {
	for _, f := range GraphFormats() {
		out := string(renderGraph(t, f, sampleGraph()))
		for _, want := range []string{"system:controller:clusterrole-aggregation-controller-of-another-kind", "Exec into pods", "some more", "1 part could not be read"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is missing", f, want)
			}
		}
	}
	if page := string(renderGraph(t, HTML, sampleGraph())); !strings.Contains(page, "deploy/rbac.yaml:31") || !strings.Contains(page, "rules[2]") || !strings.Contains(page, "forbidden") {
		t.Error("the page lacks evidence or the gap")
	}
}

func TestSameGraphSameBytes(t *testing.T) {
	for _, f := range GraphFormats() {
		first := renderGraph(t, f, largeGraph(60, 150))
		for range 5 {
			if !bytes.Equal(first, renderGraph(t, f, largeGraph(60, 150))) {
				t.Fatalf("%s differs", f)
			}
		}
	}
}

func TestGraphsThatCannotBeDrawn(t *testing.T) {
	for want, g := range map[string]Graph{
		`two nodes have the id "a"`:                 {Nodes: []GraphNode{{ID: "a"}, {ID: "a"}}},
		`names a node that is not there`:            {Nodes: []GraphNode{{ID: "a"}}, Edges: []GraphEdge{{From: "a", To: "b"}}},
		`"pdf" is no output format of a graph: use`: {},
	} {
		f := SVG
		if len(g.Nodes) == 0 {
			f = "pdf"
		}
		if err := WriteGraph(io.Discard, f, g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// hostileGraph carries a text in every field.
func hostileGraph(text string) Graph {
	critical := model.Critical
	evidence := []model.Evidence{{Object: model.Ref{ID: model.ID{Kind: text, Name: text}}, Path: model.Path(text), Value: text, File: text, Line: 3}}
	return Graph{Title: text, Description: text, Tool: Tool{Name: text, Version: text, Commit: text},
		Nodes: []GraphNode{{ID: text, Kind: text, Label: text, Detail: []string{text, text}, Severity: &critical, Evidence: evidence}, {ID: text + "2", Kind: "K" + text, Label: text}},
		Edges: []GraphEdge{{From: text, To: text + "2", Label: []string{text}, Evidence: evidence}, {From: text + "2", To: text, Label: []string{text}, Possible: true}, {From: text, To: text, Label: []string{text}}},
		Gaps:  []model.Gap{{Reason: text, File: text, Line: 1}}}
}

func FuzzGraph(f *testing.F) {
	f.Add(hostile())
	f.Add("")
	f.Add(`"];}\`)
	f.Add("]]></title></svg><script>alert(1)</script>")
	f.Add(strings.Repeat("wide-名前/", 60))
	f.Fuzz(func(t *testing.T, text string) {
		g := hostileGraph(text)
		for _, format := range GraphFormats() {
			out := renderGraph(t, format, g)
			if r, bad := acts(bytes.ReplaceAll(out, []byte("\t"), nil)); bad || !utf8.Valid(out) {
				t.Fatalf("%s: %U gets through", format, r)
			}
			switch format {
			case SVG:
				if found := elements(t, out); found["g.node"] != 2 || found["g.edge"] != 3 || found["title"] != 6 {
					t.Fatalf("the picture has %v", found)
				}
			case HTML:
				if bytes.Count(out, []byte("<svg")) != 2 || bytes.Contains(out, []byte("<script")) || bytes.Contains(out, []byte("<img")) {
					t.Fatal("the page holds markup that is not its own")
				}
			case DOT:
				if n := dotStatements(t, string(out)); n != 8 {
					t.Fatalf("%d statements in dot", n)
				}
			}
		}
	})
}

// dotStatements counts the semicolons outside quotes, and fails where a quote does
// not close.
func dotStatements(t *testing.T, dot string) int {
	n, quoted := 0, false
	for i := 0; i < len(dot); i++ {
		switch {
		case quoted && dot[i] == '\\':
			i++
		case dot[i] == '"':
			quoted = !quoted
		case !quoted && dot[i] == ';':
			n++
		}
	}
	if quoted {
		t.Fatal("a quote does not close")
	}
	return n
}

func FuzzGraphText(f *testing.F) {
	f.Add("system:controller:clusterrole-aggregation-controller", uint16(200))
	f.Add("名前 名前 名前 with words", uint16(60))
	f.Fuzz(func(t *testing.T, raw string, width uint16) {
		s, font, limit := visible(raw), labelFont(), float64(width%500)+40
		if got := font.fit(s, limit); font.width(got) > limit {
			t.Fatalf("fit(%q, %v) = %q, %v wide", s, limit, got, font.width(got))
		}
		lines := font.wrap(s, limit, 3)
		if len(lines) > 3 {
			t.Fatalf("%d lines", len(lines))
		}
		for _, line := range lines {
			if font.width(line) > limit {
				t.Fatalf("%q of %q is %v wide, the limit is %v", line, s, font.width(line), limit)
			}
		}
		if joined := strings.Join(lines, ""); !strings.Contains(joined, "…") && strings.ReplaceAll(joined, " ", "") != strings.ReplaceAll(s, " ", "") {
			t.Fatalf("%q became %q", s, lines)
		}
	})
}

// Small text has the contrast that WCAG 2.2 asks for at level AA, on light and on
// dark: 4.5 for text, 3 for lines.
func TestColoursHaveContrast(t *testing.T) {
	swatches := kindSwatches()
	for _, s := range model.Severities() {
		swatches = append(swatches, severitySwatch(s))
	}
	demand := func(what, a, b string, least float64) {
		if got := contrast(t, a, b); got < least {
			t.Errorf("%s: %s on %s has %.2f, want %v", what, a, b, got, least)
		}
	}
	for i, s := range swatches {
		name := fmt.Sprint(i)
		demand(name+" kind", s.ink, s.paper, 4.5)
		demand(name+" kind, dark", s.darkInk, s.darkPaper, 4.5)
		demand(name+" detail", "#525d72", s.paper, 4.5)
		demand(name+" detail, dark", "#a3adbf", s.darkPaper, 4.5)
		demand(name+" box", s.ink, "#ffffff", 3)
		demand(name+" box, dark", s.darkInk, "#171d27", 3)
	}
	demand("line", "#6b7688", "#ffffff", 3)
	demand("line, dark", "#8b97aa", "#171d27", 3)
	for _, colour := range []string{"#525d72", "#6b7688"} {
		if !strings.Contains(graphLight, colour) {
			t.Errorf("%s is not used any more", colour)
		}
	}
	for _, colour := range []string{"#a3adbf", "#8b97aa", "#171d27"} {
		if !strings.Contains(graphDark, colour) {
			t.Errorf("%s is not used any more", colour)
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a[1:]), luminance(t, b[1:])
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
