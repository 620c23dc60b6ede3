package report

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
)

type answerItem struct {
	Subject string   `json:"subject"`
	Verbs   []string `json:"verbs"`
	Line    int      `json:"line,omitempty"`
	Sure    bool     `json:"sure"`
	Empty   []string `json:"empty"`
}

func sampleAnswer() Answer {
	return Answer{
		Kind: "SampleGrants", Question: "Who can get secrets?", Target: "examples/shop", Reply: "2 subjects can get secrets", Outcome: model.NotApplicable, Legend: "* is a wildcard",
		Tables: []AnswerTable{{
			Title: "In the namespace shop", Columns: []string{"subject", "scope", "binding", "role", "rule", "where"},
			Rows: [][]Cell{
				append(Cells("ServiceAccount shop/web-frontend-with-a-long-name", "shop", "RoleBinding shop/web", "ClusterRole view"), Cell{Text: "rules[3]", Notes: []string{"verbs get, list", "rbac.yaml:17"}}, Cell{Text: "deploy/production/access/rbac.yaml:17"}),
				Cells("User =cmd()\u202e<b>", "cluster", "ClusterRoleBinding admins", "ClusterRole cluster-admin", "rules[0]", ""),
			},
		}},
		Items: []answerItem{{Subject: "web", Verbs: []string{"get", "y"}, Line: 17, Sure: true, Empty: []string{}}, {Subject: "a: b\u202e", Verbs: []string{}, Empty: []string{}}},
		Gaps:  []model.Gap{{Scope: model.Scope{Kind: "Role"}, Reason: "cannot list roles", File: "x.yaml", Line: 3}},
	}
}

func renderAnswer(t testing.TB, f Format, a Answer, opts Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteAnswer(&out, f, a, opts); err != nil {
		t.Fatalf("%s: %v", f, err)
	}
	return out.Bytes()
}

// addAnswers adds the golden files of answers.
func addAnswers(t *testing.T, files map[string][]byte) {
	for _, f := range AnswerFormats() {
		out := renderAnswer(t, f, sampleAnswer(), Options{})
		style := pageStyle + answerStyle
		out = bytes.ReplaceAll(out, []byte(style), []byte("(style)"))
		out = bytes.ReplaceAll(out, []byte(strings.ReplaceAll(digest(style), "+", "&#43;")), []byte("(digest)"))
		files["answer."+string(f)] = out
	}
	files["answer-40.table"] = renderAnswer(t, Table, sampleAnswer(), Options{Width: 40})
	files["answer-80.table"] = renderAnswer(t, Table, sampleAnswer(), Options{Width: 80})
	files["answer-120.table"] = renderAnswer(t, Table, sampleAnswer(), Options{Width: 120})
}

func TestAnswerYAMLIsItsJSON(t *testing.T) {
	converted, err := yaml.YAMLToJSONStrict(renderAnswer(t, YAML, sampleAnswer(), Options{}))
	if err != nil {
		t.Fatal(err)
	}
	want, got := decode(t, renderAnswer(t, JSON, sampleAnswer(), Options{})), decode(t, converted)
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%v\n%v", want, got)
	}
	items := want.(map[string]any)["items"].([]any)
	if len(items) != 2 || items[1].(map[string]any)["subject"] != "a: b\u202e" {
		t.Errorf("%v", items)
	}
}

func TestAnswerLetsNoTextActOnADisplay(t *testing.T) {
	for _, f := range AnswerFormats() {
		out := renderAnswer(t, f, sampleAnswer(), Options{Width: 100})
		if r, bad := acts(bytes.ReplaceAll(out, []byte("\t"), nil)); bad {
			t.Errorf("%s: %U gets through", f, r)
		}
		if f == HTML && bytes.Contains(out, []byte("<b>")) {
			t.Error("markup of a name gets through")
		}
	}
}

// No column is lost and no line is longer than the terminal, however narrow it is.
func TestAnswerTableFits(t *testing.T) {
	for width := narrowest; width < 200; width++ {
		out := string(renderAnswer(t, Table, sampleAnswer(), Options{Width: width}))
		joined := strings.Join(strings.Fields(out), "")
		for line := range strings.SplitSeq(out, "\n") {
			if textWidth(line) > width {
				t.Errorf("width %d: %q", width, line)
			}
		}
		if !strings.Contains(joined, "rules[3]") {
			t.Errorf("width %d: a cell is missing:\n%s", width, out)
		}
	}
}

// What comes again in many rows is numbered and said once, after all tables; a csv
// and a page say it in its cell.
func TestAnswerFootnotes(t *testing.T) {
	row := func(name string, parts ...string) []Cell {
		return append(Cells(name), Cell{Text: strings.Join(parts, "; "), Parts: parts})
	}
	columns := []string{"technique", "conditions"}
	a := Answer{Kind: "Sample", Items: []answerItem{}, Records: &AnswerTable{Columns: columns, Rows: [][]Cell{row("exec-pods", "a; b", "c")}}, Tables: []AnswerTable{
		{Title: "User jane", Columns: columns, Rows: [][]Cell{row("create-pods", "c"), row("exec-pods", "a; b", "c")}},
		{Title: "User joe", Columns: columns, Rows: [][]Cell{row("list-secrets"), row("read-secrets", "a; b")}},
	}}
	want := "\nUser jane\nTECHNIQUE    CONDITIONS\ncreate-pods  1\nexec-pods    1, 2\n" +
		"\nUser joe\nTECHNIQUE     CONDITIONS\nlist-secrets\nread-secrets  2\n" +
		"\nCONDITIONS\n1  c\n2  a; b\n"
	if got := string(renderAnswer(t, Table, a, Options{Width: 80})); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, f := range []Format{CSV, HTML} {
		if got := string(renderAnswer(t, f, a, Options{})); !strings.Contains(got, "a; b; c") {
			t.Errorf("%s does not say the conditions where they count:\n%s", f, got)
		}
	}
}

func TestAnswerCSVHasNoFormula(t *testing.T) {
	records, err := csv.NewReader(bytes.NewReader(renderAnswer(t, CSV, sampleAnswer(), Options{}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 3 || records[0][0] != "subject" || records[2][0] != `User =cmd()\u202e<b>` {
		t.Errorf("%q", records)
	}
	for text, want := range map[string]string{"=1": "'=1", "@x": "'@x", "-": "'-", "+": "'+", "a=1": "a=1", "": "", "*": "*"} {
		if got := csvField(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestAnswerExit(t *testing.T) {
	gap, skipped := model.Gap{Reason: "x"}, model.Gap{Reason: "x", Skipped: true}
	for _, c := range []struct {
		outcome model.Outcome
		gaps    []model.Gap
		want    int
	}{
		{model.Pass, nil, 0}, {model.NotApplicable, nil, 0}, {model.Fail, nil, 1}, {model.Unknown, nil, 2},
		{model.Pass, []model.Gap{gap}, 2}, {model.Fail, []model.Gap{gap}, 2}, {model.Fail, []model.Gap{skipped}, 1},
	} {
		a := Answer{Outcome: c.outcome, Gaps: c.gaps}
		if got := a.Exit(); got != c.want {
			t.Errorf("%v %v: %d, want %d", c.outcome, c.gaps, got, c.want)
		}
	}
}

func TestAnswerRefusesWhatItsReadersWould(t *testing.T) {
	for name, items := range map[string]any{"a name with a line end": []map[string]int{{"a\nb": 1}}, "null": []answerItem{{}}} {
		if err := WriteAnswer(&bytes.Buffer{}, JSON, Answer{Items: items}, Options{}); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

// The page asks for nothing, runs nothing and breaks no rule of its own policy.
func TestAnswerPageInABrowser(t *testing.T) {
	chromium(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(renderAnswer(t, HTML, sampleAnswer(), Options{}))
	}))
	t.Cleanup(server.Close)
	dom, log := visit(t, server.URL)
	if found := complaints(log); len(found) > 0 {
		t.Errorf("%s", found)
	}
	for _, want := range []string{"<h1>Who can get secrets?</h1>", "<details><summary>rules[3]</summary>", "cannot list roles"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
