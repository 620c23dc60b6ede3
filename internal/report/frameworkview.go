package report

import (
	"fmt"

	"holdfast.dev/holdfast/internal/model"
)

// frameworkView is a framework as the page shows it: what is not met at once, the
// rest folded.
type frameworkView struct {
	ID, Name, Title, Source, Tally string
	State                          string // the worst outcome
	Bar                            []slice
	Open, Rest                     []requirementView
	RestTitle                      string
}

type requirementView struct {
	ID, Title, Outcome, OutcomeText, Why string
	Controls                             []requirementControl
}

// requirementControl is a control of a requirement. Its findings can be shown where
// it has some, with those accepted where it has no others.
type requirementControl struct {
	ID, Title, Outcome, OutcomeText string
	Listed, Accepted                bool
}

func (p *page) frameworks(scan Scan) {
	listed, accepted := map[string]bool{}, map[string]bool{}
	for i := range scan.Result.Findings {
		listed[scan.Result.Findings[i].Control] = true
	}
	for i := range scan.Result.Excepted {
		accepted[scan.Result.Excepted[i].Control] = true
	}
	list := scan.frameworks()
	for i := range list {
		f := &list[i]
		view := frameworkView{ID: visible(f.ID), Name: f.name(), Title: brief(f.Title, htmlValue), Source: f.link(), Tally: f.tally(),
			State: f.worst().String(), Bar: outcomeBar(f.counts), RestTitle: restTitle(f)}
		for _, r := range f.with(model.Fail, model.Unknown) {
			view.Open = append(view.Open, scan.requirementView(r, listed, accepted))
		}
		for _, r := range f.with(model.Pass, model.NotApplicable) {
			view.Rest = append(view.Rest, scan.requirementView(r, listed, accepted))
		}
		p.Frameworks = append(p.Frameworks, view)
	}
}

func (s Scan) requirementView(r *requirement, listed, accepted map[string]bool) requirementView {
	v := requirementView{ID: visible(r.ID), Title: brief(r.Title, htmlValue), Outcome: r.Outcome.String(), OutcomeText: outcomeText(r.Outcome)}
	switch r.Outcome {
	case model.Fail:
		v.Why = s.findingsOf(r)
	case model.Unknown:
		v.Why = s.why(r)
	}
	for i, id := range r.Controls {
		c := requirementControl{ID: visible(id), Title: visible(s.control(id).Title), Outcome: r.ByControl[i].String(), OutcomeText: outcomeText(r.ByControl[i]),
			Listed: listed[id] || accepted[id], Accepted: !listed[id]}
		if !r.ran[i] {
			c.OutcomeText = "not run"
		}
		v.Controls = append(v.Controls, c)
	}
	return v
}

// restTitle names what is folded: "12 met", "12 met, 1 does not apply".
func restTitle(f *frameworkOutcome) string {
	text := ""
	if n := f.counts[model.Pass]; n > 0 {
		text = count(n, "requirement") + " met"
	}
	if n := f.counts[model.NotApplicable]; n > 0 {
		if text != "" {
			text += ", "
		}
		text += number(n) + " " + plural(n, "does", "do") + " not apply"
	}
	return text
}

// outcomeBar lays the outcomes of requirements side by side on a bar 100 long.
func outcomeBar(counts [4]int) []slice {
	total := counts[model.Pass] + counts[model.Fail] + counts[model.Unknown] + counts[model.NotApplicable]
	var list []slice
	x := 0.0
	for _, outcome := range []model.Outcome{model.Pass, model.NotApplicable, model.Unknown, model.Fail} {
		if n := counts[outcome]; n > 0 {
			length := 100 * float64(n) / float64(total)
			list = append(list, slice{outcome.String(), fmt.Sprintf("%.2f%%", x), fmt.Sprintf("%.2f%%", length), n})
			x += length
		}
	}
	return list
}
