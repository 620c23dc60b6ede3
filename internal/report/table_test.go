package report

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/model"
)

// longNames is a scan whose objects only differ at the ends of long names.
func longNames(value func(i int) string) Scan {
	r := &model.Result{Objects: 8}
	for i := range 8 {
		o := object("apps", "v1", "Deployment", "default", fmt.Sprintf("continuous-delivery-application-controller-%d", i))
		f := field("run-as-root", model.High, o, fmt.Sprintf("spec.template.spec.containers[%d].securityContext.runAsNonRoot", i%2), value(i), fmt.Sprintf("environments/production/controller-%d.yaml", i), 100+i, "may run as root")
		f.Key = "continuous-delivery-application-controller"
		r.Findings = append(r.Findings, f)
	}
	r.Sort()
	return Scan{Result: r, Controls: sampleControls()}
}

// Cut names look alike: at no usual width does the table cut what tells objects and
// files apart.
func TestTableKeepsNamesWhole(t *testing.T) {
	for _, width := range []int{60, 80, 100, 120, 200} {
		for name, value := range map[string]func(int) string{
			"same":  func(int) string { return "" },
			"other": func(i int) string { return fmt.Sprintf("a long value that ends in %d", i) },
		} {
			out := string(render(t, Table, longNames(value), Options{Width: width, All: true}))
			for i := range 8 {
				for _, want := range []string{fmt.Sprintf("application-controller-%d[Deployment]", i), fmt.Sprintf("controller-%d.yaml:10%d", i, i)} {
					if strings.Count(out, want) != 1 {
						t.Errorf("%s values, %d wide: %s is not there once:\n%s", name, width, want, out)
					}
				}
			}
		}
	}
}

func TestTableSaysOnceWhatAllFindingsShare(t *testing.T) {
	same := longNames(func(int) string { return "" })
	out := string(render(t, Table, same, Options{Width: 100, All: true}))
	if strings.Count(out, "runAsNonRoot not set") != 1 || !strings.Contains(out, "    …securityContext.runAsNonRoot not set\n") {
		t.Errorf("the shared field is not written once:\n%s", out)
	}
	if out := string(render(t, Table, same, Options{All: true})); strings.Count(out, "runAsNonRoot not set") != 8 {
		t.Errorf("without a terminal, lines are not whole:\n%s", out)
	}
	same.Result.Findings[3].Evidence[0].Value = "false"
	if out := string(render(t, Table, same, Options{Width: 100, All: true})); strings.Count(out, "not set") != 7 {
		t.Errorf("one finding differs:\n%s", out)
	}
}

func TestCommonEnd(t *testing.T) {
	for _, test := range []struct{ a, b, want string }{
		{"spec.containers[0].image", "spec.containers[1].image", "image"},
		{"spec.a.b", "spec.a.b", "spec.a.b"},
		{"spec.a.b", "a.b", "a.b"},
		{"spec.ab", "spec.b", ""},
		{`data["a.b"]`, `binaryData["a.b"]`, `["a.b"]`},
		{`x["a.b"].c`, `y["b"].c`, "c"},
	} {
		if got := commonEnd(test.a, test.b); got != test.want {
			t.Errorf("commonEnd(%s, %s) = %q, want %q", test.a, test.b, got, test.want)
		}
	}
}

// What was not judged because no object of a kind was read is one entry, unless all
// is wanted; what was not judged of objects that are there is named.
func TestTableFoldsWhatWasNotRead(t *testing.T) {
	scan := empty()
	scan.Result.Objects = 3
	ingress, pods := model.Scope{Group: "networking.k8s.io", Kind: "Ingress"}, model.Scope{Kind: "Pod"}
	web := object("apps", "v1", "Deployment", "shop", "web")
	scan.Result.Controls = []model.Tally{
		{Control: "a", Missing: []model.Scope{ingress}},
		{Control: "b", Missing: []model.Scope{pods, ingress}},
		{Control: "c", Count: [4]int{2, 0, 0, 0}, Unknown: []model.Ref{web, web}, Missing: []model.Scope{{Kind: "Secret", Namespace: "a"}, {Kind: "Secret", Namespace: "b"}}},
	}
	for want, opts := range map[string]Options{
		"  - 2 controls had nothing to judge, or not everything, for want of Ingress, Pod (--all names the controls).\n  - c: 2 objects, such as shop/web[Deployment]; needs Secret in a, b\n": {},
		"  - a: needs networking.k8s.io/Ingress\n  - b: needs Pod, networking.k8s.io/Ingress\n  - c: 2 objects, such as shop/web[Deployment]; needs Secret in a, b\n":                          {All: true},
	} {
		if out := string(render(t, Table, scan, opts)); !strings.Contains(out, want) {
			t.Errorf("not there: %s\n%s", want, out)
		}
	}
}

func TestTableCountsManyGaps(t *testing.T) {
	scan := empty()
	for i := range 60 {
		scan.Result.Gaps = append(scan.Result.Gaps, model.Gap{Reason: "not valid YAML", File: fmt.Sprintf("%d.yaml", i)})
	}
	out := string(render(t, Table, scan, Options{Width: 80}))
	if listed := strings.Count(out, "not valid YAML"); listed != gapsShown || !strings.Contains(out, fmt.Sprintf("… and %d more gaps: --all lists them", 60-listed)) {
		t.Errorf("%d gaps are listed:\n%s", listed, out)
	}
	if out := string(render(t, Table, scan, Options{Width: 80, All: true})); strings.Count(out, "not valid YAML") != 60 {
		t.Error("with All a gap is left out")
	}
}

// A control whose findings differ in severity has several groups, and one hint.
func TestTableHintsOnce(t *testing.T) {
	scan := sample()
	again := scan.Result.Findings[0]
	again.Severity = model.Low
	scan.Result.Findings = append(scan.Result.Findings, again)
	scan.Result.Sort()
	out := string(render(t, Table, scan, Options{Width: 120}))
	if strings.Count(out, "→ "+scan.Controls[again.Control].Remediation) != 1 || strings.Count(out, "→ As above.") != 1 {
		t.Errorf("the hint is not there once:\n%s", out)
	}
}
