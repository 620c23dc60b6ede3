package report

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/model"
)

// A page never leaves a gap out in silence: what is not listed is counted, and what
// nobody asked for is no gap.
func TestPagesCountTheGapsThatTheyDoNotList(t *testing.T) {
	gaps := []model.Gap{{File: "notes.yaml", Line: 1, Reason: "no object", Skipped: true}, {File: "odd.yaml", Line: 2, Reason: "a field that is refused", Refused: true}}
	for i := range gapsListed {
		gaps = append(gaps, model.Gap{File: "broken.yaml", Line: i + 1, Reason: "not valid YAML"})
	}
	answer := sampleAnswer()
	answer.Gaps = gaps
	graph := sampleGraph()
	graph.Gaps = gaps
	matrix := someNetwork(3)
	matrix.Gaps = gaps
	for name, data := range map[string][]byte{
		"answer": renderAnswer(t, HTML, answer, Options{}), "graph": renderGraph(t, HTML, graph), "matrix": renderConnections(t, HTML, matrix, Options{}),
	} {
		page := string(data)
		if n := strings.Count(page, `<td class="place">broken.yaml:`); n != gapsListed {
			t.Errorf("%s: %d gaps are listed, want %d", name, n, gapsListed)
		}
		for _, want := range []string{"and 1 more gap:", "1 input skipped", "the API server would not take it"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %q is not in the page", name, want)
			}
		}
		if strings.Contains(page, "notes.yaml:1") {
			t.Errorf("%s: what was skipped is listed as a gap", name)
		}
	}
	if newGapSection("answer", nil) != nil {
		t.Error("there is a section where there is no gap")
	}
}
