package report

import (
	"encoding/json"
	"encoding/xml"
	"testing"

	"holdfast.dev/holdfast/internal/framework"
	"holdfast.dev/holdfast/internal/model"
)

// What keeps a requirement from being met is said whatever part of the findings was
// asked for, and an accepted finding never meets it.
func TestWhyARequirementIsNotMet(t *testing.T) {
	pod := object("", "v1", "Pod", "shop", "web")
	finding := model.Finding{Control: "c", Object: pod}
	fails := []model.Tally{{Control: "c", Count: [4]int{0, 0, 1, 0}}}
	for want, scan := range map[string]Scan{
		"fail: 1 finding: c":                           {Result: &model.Result{Controls: fails, Findings: []model.Finding{finding}}},
		"fail: 1 finding, 2 accepted: c":               {Result: &model.Result{Controls: fails, Findings: []model.Finding{finding}, Excepted: []model.Finding{finding, finding}}},
		"fail: 1 accepted finding: c":                  {Result: &model.Result{Controls: fails, Excepted: []model.Finding{finding}}},
		"fail: 1 new finding: c":                       {New: true, Result: &model.Result{Controls: fails, Findings: []model.Finding{finding}}},
		"fail: no new finding: c":                      {New: true, Result: &model.Result{Controls: fails}},
		"fail: no finding of the severities listed: c": {Result: &model.Result{Controls: fails}},
		"unknown: not judged: c":                       {Result: &model.Result{Controls: []model.Tally{{Control: "c", Missing: []model.Scope{{Kind: "Secret"}}}}}},
		"unknown: not run: c":                          {Result: &model.Result{}},
	} {
		scan.Frameworks = []framework.Framework{{ID: "f", Requirements: []framework.Requirement{{ID: "r", Controls: []string{"c"}}}}}
		r := &scan.frameworks()[0].requirements[0]
		if got := r.Outcome.String() + ": " + scan.why(r); got != want {
			t.Errorf("have %s, want %s", got, want)
		}
	}
}

func TestFrameworksAreAbsentUnlessAskedFor(t *testing.T) {
	for name, scan := range map[string]Scan{"sample": sample(), "framed": framed()} {
		var document map[string]json.RawMessage
		if err := json.Unmarshal(render(t, JSON, scan, Options{}), &document); err != nil {
			t.Fatal(err)
		}
		if _, ok := document["frameworks"]; ok != (name == "framed") {
			t.Errorf("%s: frameworks is there: %v", name, ok)
		}
	}
}

// A case of JUnit passes only where the requirement is met.
func TestJUnitPassesOnlyWhatIsMet(t *testing.T) {
	var document struct {
		Suites []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string    `xml:"name,attr"`
				Failure *struct{} `xml:"failure"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	scan := framed()
	if err := xml.Unmarshal(render(t, JUnit, scan, Options{}), &document); err != nil {
		t.Fatal(err)
	}
	suite := document.Suites[0]
	requirements := scan.frameworks()[0].requirements
	if suite.Name != "shop-baseline" || len(suite.Cases) != len(requirements) {
		t.Fatalf("suite %s with %d cases", suite.Name, len(suite.Cases))
	}
	for i, c := range suite.Cases {
		if passed := c.Failure == nil && c.Skipped == nil; passed != (requirements[i].Outcome == model.Pass) {
			t.Errorf("%s is %s, passed: %v", c.Name, requirements[i].Outcome, passed)
		}
	}
}

// Each rule of SARIF points to the requirements that it is a control of.
func TestSARIFTaxonomies(t *testing.T) {
	type component struct {
		Name  string
		Index int
	}
	var document struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					Rules []struct {
						ID            string
						Relationships []struct {
							Target struct {
								ID            string
								Index         int
								ToolComponent component
							}
						}
					}
					SupportedTaxonomies []component
				}
			}
			Taxonomies []struct {
				Name string
				Taxa []struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal(render(t, SARIF, framed(), Options{}), &document); err != nil {
		t.Fatal(err)
	}
	run := document.Runs[0]
	if len(run.Taxonomies) != 1 || len(run.Taxonomies[0].Taxa) != 9 || len(run.Tool.Driver.SupportedTaxonomies) != 1 {
		t.Fatalf("taxonomies: %+v, supported: %+v", run.Taxonomies, run.Tool.Driver.SupportedTaxonomies)
	}
	related := map[string]int{}
	for _, rule := range run.Tool.Driver.Rules {
		for _, r := range rule.Relationships {
			taxonomy := run.Taxonomies[r.Target.ToolComponent.Index]
			if taxonomy.Name != r.Target.ToolComponent.Name || taxonomy.Taxa[r.Target.Index].ID != r.Target.ID {
				t.Errorf("%s points to %+v, which is another", rule.ID, r.Target)
			}
			related[rule.ID]++
		}
	}
	if related["proc-mount"] != 3 || related["privileged-container"] != 1 || related["no-network-policy"] != 0 {
		t.Errorf("relationships: %v", related)
	}
}
