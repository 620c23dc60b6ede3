package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// measure names each text of a picture that reaches out of its box, or that meets
// another text.
const measure = `<script>
const bad = [];
for (const group of document.querySelectorAll(".node, .edge")) {
  const box = group.querySelector(".box, .via-box");
  const texts = [...group.querySelectorAll("text")];
  for (const text of texts) {
    const t = text.getBBox();
    if (box) {
      const b = box.getBBox();
      if (t.x < b.x || t.x + t.width > b.x + b.width || t.y < b.y || t.y + t.height > b.y + b.height) bad.push("outside: " + text.textContent);
    }
    for (const other of texts) {
      const o = other.getBBox();
      if (other !== text && t.x < o.x + o.width && o.x < t.x + t.width && t.y + 3 < o.y + o.height && o.y + 3 < t.y + t.height) bad.push("meets: " + text.textContent);
    }
  }
}
document.body.dataset.measured = bad.length;
for (const text of bad) { const p = document.createElement("p"); p.className = "bad"; p.textContent = text; document.body.append(p); }
</script>`

// Texts are measured with a table of widths; a browser sets them no wider.
func TestTextsFitTheirBoxes(t *testing.T) {
	chromium(t)
	wide := Graph{Title: "wide"}
	for i, text := range []string{strings.Repeat("W", 60), strings.Repeat("il", 60), "MMM-WWW-@@@@@@@@@@@@@@@@@@@@@@@", "system:serviceaccounts:kube-system", "名前名前名前名前名前名前", "АБВГД-ЖЗИЙК-ЛМНОП-РСТУФ", "ÄÖÜß-éèê"} {
		wide.Nodes = append(wide.Nodes, GraphNode{ID: text, Kind: text, Label: text, Detail: []string{text}})
		wide.Edges = append(wide.Edges, GraphEdge{From: wide.Nodes[i/2].ID, To: text, Label: []string{text}})
	}
	for name, g := range map[string]Graph{"sample": sampleGraph(), "wide": wide, "hostile": hostileGraph(hostile())} {
		file := filepath.Join(t.TempDir(), "measure.html")
		page := fmt.Sprintf("<!doctype html><meta charset=utf-8><body>%s%s</body>", renderGraph(t, SVG, g), measure)
		if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		dom, _ := visit(t, "file://"+file)
		if !strings.Contains(dom, `data-measured="0"`) {
			t.Errorf("%s: %s", name, dom[strings.LastIndex(dom, "</script>"):])
		}
	}
}

// The page runs no script, so that its policy has nothing to allow, and the browser
// has nothing to complain of.
func TestGraphPageInABrowser(t *testing.T) {
	chromium(t)
	for name, g := range map[string]Graph{"sample": sampleGraph(), "hostile": hostileGraph(hostile()), "empty": {}} {
		file := filepath.Join(t.TempDir(), "page.html")
		if err := os.WriteFile(file, renderGraph(t, HTML, g), 0o600); err != nil {
			t.Fatal(err)
		}
		dom, log := visit(t, "file://"+file)
		if strings.Count(dom, `<g class="node`) != len(g.Nodes) || strings.Contains(dom, "<img") || strings.Contains(dom, "<title>XSS") {
			t.Errorf("%s: the page is not what it should be", name)
		}
		for _, line := range complaints(log) {
			t.Errorf("%s: the browser complains: %s", name, line)
		}
	}
}
