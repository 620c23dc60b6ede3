package framework

import (
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/model"
)

func TestLoad(t *testing.T) {
	frameworks, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range all.Checks() {
		known[c.ID] = true
	}
	for i := range frameworks {
		if err := frameworks[i].Validate(known); err != nil {
			t.Error(err)
		}
	}
	for _, id := range []string{"pss-baseline", "pss-restricted"} {
		if !slices.ContainsFunc(frameworks, func(f Framework) bool { return f.ID == id }) {
			t.Errorf("%s is missing", id)
		}
	}
}

func TestValidateRefusesUnknownControls(t *testing.T) {
	f := Framework{ID: "f", Requirements: []Requirement{{ID: "1", Controls: []string{"known", "unheard-of"}}}}
	err := f.Validate(map[string]bool{"known": true})
	if err == nil || !strings.Contains(err.Error(), "unheard-of") {
		t.Errorf("have %v", err)
	}
}

func TestParse(t *testing.T) {
	const head = "id: f\ntitle: F\nversion: \"1\"\nsource: https://example.com/\n"
	for name, c := range map[string]struct{ text, want string }{
		"good":                 {head + "requirements: [{id: a, title: A, controls: [x, z]}, {id: b, title: B}]", ""},
		"unknown field":        {head + "requirements: [{id: a, title: A, control: [x]}]", "control"},
		"field twice":          {head + "id: g\nrequirements: [{id: a, title: A}]", "id"},
		"no title":             {"id: f\nversion: \"1\"\nsource: s\nrequirements: [{id: a, title: A}]", "title is missing"},
		"no requirements":      {head, "requirements are missing"},
		"requirement twice":    {head + "requirements: [{id: a, title: A}, {id: a, title: B}]", "two requirements have the id a"},
		"requirement nameless": {head + "requirements: [{title: A}]", "requirement 1 has no id"},
		"requirement untitled": {head + "requirements: [{id: a}]", "requirement a has no title"},
		"control twice":        {head + "requirements: [{id: a, title: A, controls: [x, x]}]", "named twice"},
		"control empty":        {head + "requirements: [{id: a, title: A, controls: ['']}]", "empty"},
		"no mapping":           {"- a", "cannot unmarshal"},
	} {
		f, err := Parse([]byte(c.text))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want == "" && !slices.Equal(f.Controls(), []string{"x", "z"}):
			t.Errorf("%s: controls %v", name, f.Controls())
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: have %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestFold(t *testing.T) {
	tally := func(control string, outcomes ...model.Outcome) model.Tally {
		t := model.Tally{Control: control}
		for _, outcome := range outcomes {
			t.Count[outcome]++
		}
		return t
	}
	tallies := []model.Tally{
		tally("pass", model.Pass, model.NotApplicable),
		tally("fail", model.Pass, model.Fail, model.Unknown),
		tally("unknown", model.Pass, model.Unknown),
		tally("none", model.NotApplicable),
		{Control: "missing", Missing: []model.Scope{{Kind: "Pod"}}},
	}
	for _, c := range []struct {
		controls []string
		want     model.Outcome
	}{
		{[]string{"pass", "none"}, model.Pass},
		{[]string{"pass", "unknown", "fail"}, model.Fail},
		{[]string{"fail", "absent"}, model.Fail},
		{[]string{"pass", "unknown"}, model.Unknown},
		{[]string{"pass", "missing"}, model.Unknown},
		{[]string{"pass", "absent"}, model.Unknown},
		{[]string{"none"}, model.NotApplicable},
		{nil, model.Unknown},
	} {
		f := Framework{Requirements: []Requirement{{ID: "r", Controls: c.controls}}}
		folded := f.Fold(tallies)
		if len(folded) != 1 || folded[0].Outcome != c.want || len(folded[0].ByControl) != len(c.controls) {
			t.Errorf("%v: have %+v, want %s", c.controls, folded, c.want)
		}
	}
}
