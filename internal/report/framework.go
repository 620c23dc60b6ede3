package report

import (
	"fmt"
	"net/url"
	"strings"

	"holdfast.dev/holdfast/internal/framework"
	"holdfast.dev/holdfast/internal/model"
)

// frameworkOutcome is how a framework that was asked for came out.
type frameworkOutcome struct {
	framework.Framework
	requirements []requirement
	counts       [4]int // requirements by Outcome
}

// requirement is how a requirement came out, and the findings behind it.
//
// An accepted finding fails its requirement all the same: an exception says that
// somebody bears a risk for a while, not that what a framework asks for is so. The
// outcome stays fail, and accepted tells how much of it is borne.
type requirement struct {
	framework.RequirementOutcome
	findings, accepted int    // of its controls, as they stand in this report
	ran                []bool // of each control, whether it has a tally
}

// frameworks folds the tallies into the frameworks that were asked for.
func (s Scan) frameworks() []frameworkOutcome {
	if len(s.Frameworks) == 0 {
		return nil
	}
	findings, accepted, ran := map[string]int{}, map[string]int{}, map[string]bool{}
	for i := range s.Result.Findings {
		findings[s.Result.Findings[i].Control]++
	}
	for i := range s.Result.Excepted {
		accepted[s.Result.Excepted[i].Control]++
	}
	for i := range s.Result.Controls {
		ran[s.Result.Controls[i].Control] = true
	}
	outcomes := make([]frameworkOutcome, len(s.Frameworks))
	for i := range s.Frameworks {
		outcomes[i].Framework = s.Frameworks[i]
		for _, folded := range s.Frameworks[i].Fold(s.Result.Controls) {
			r := requirement{RequirementOutcome: folded}
			for _, control := range folded.Controls {
				r.findings += findings[control]
				r.accepted += accepted[control]
				r.ran = append(r.ran, ran[control])
			}
			outcomes[i].counts[r.Outcome]++
			outcomes[i].requirements = append(outcomes[i].requirements, r)
		}
	}
	return outcomes
}

// name is "pss-restricted 1.36".
func (f *frameworkOutcome) name() string {
	return brief(f.ID, valueLimit) + " " + brief(f.Version, valueLimit)
}

// link is where the framework is published, or "" where that is no web page.
func (f *frameworkOutcome) link() string {
	if u, err := url.Parse(f.Source); err != nil || u.Scheme != "https" {
		return ""
	}
	return f.Source
}

// tally is "12 of 15 requirements met, 2 fail, 1 unknown".
func (f *frameworkOutcome) tally() string {
	text := number(f.counts[model.Pass]) + " of " + count(len(f.requirements), "requirement") + " met"
	if n := f.counts[model.Fail]; n > 0 {
		text += ", " + number(n) + " " + plural(n, "fails", "fail")
	}
	if n := f.counts[model.Unknown]; n > 0 {
		text += ", " + number(n) + " unknown"
	}
	if n := f.counts[model.NotApplicable]; n > 0 {
		text += ", " + number(n) + " " + plural(n, "does", "do") + " not apply"
	}
	return text
}

// worst is the outcome of the framework as a whole.
func (f *frameworkOutcome) worst() model.Outcome {
	for _, outcome := range []model.Outcome{model.Fail, model.Unknown, model.Pass} {
		if f.counts[outcome] > 0 {
			return outcome
		}
	}
	return model.NotApplicable
}

// with lists the requirements of these outcomes, in the order of the outcomes and
// then of the publisher.
func (f *frameworkOutcome) with(outcomes ...model.Outcome) []*requirement {
	var list []*requirement
	for _, outcome := range outcomes {
		for i := range f.requirements {
			if f.requirements[i].Outcome == outcome {
				list = append(list, &f.requirements[i])
			}
		}
	}
	return list
}

// controls lists the controls that have this outcome.
func (r *requirement) controls(outcome model.Outcome, ran bool) []string {
	var ids []string
	for i, id := range r.Controls {
		if r.ByControl[i] == outcome && r.ran[i] == ran {
			ids = append(ids, brief(id, valueLimit))
		}
	}
	return ids
}

// why says what keeps the requirement from being met.
func (s Scan) why(r *requirement) string {
	if len(r.Controls) == 0 {
		return "no control judges it"
	}
	var parts []string
	add := func(text string, controls []string) {
		if len(controls) > 0 {
			parts = append(parts, text+strings.Join(controls, ", "))
		}
	}
	add(s.findingsOf(r)+": ", r.controls(model.Fail, true))
	add("not judged: ", r.controls(model.Unknown, true))
	add("not run: ", r.controls(model.Unknown, false))
	return strings.Join(parts, "; ")
}

// findingsOf counts the findings of a requirement that fails. Its controls may fail
// by findings that are not in this report, because only some were asked for.
func (s Scan) findingsOf(r *requirement) string {
	var parts []string
	noun := "finding"
	if s.New {
		noun = "new finding"
	}
	if r.findings > 0 {
		parts = append(parts, count(r.findings, noun))
	}
	switch {
	case r.accepted > 0 && r.findings > 0:
		parts = append(parts, number(r.accepted)+" accepted")
	case r.accepted > 0:
		parts = append(parts, count(r.accepted, "accepted finding"))
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ")
	case s.New:
		return "no new finding"
	default:
		return "no finding of the severities listed"
	}
}

func outcomeText(o model.Outcome) string {
	if o == model.NotApplicable {
		return "does not apply"
	}
	return o.String()
}

// frameworks are the sections that say which requirements are not met.
func (t table) frameworks() {
	for i := range t.judged {
		f := &t.judged[i]
		open := f.with(model.Fail, model.Unknown)
		if len(open)+len(t.scan.Result.Findings) == 0 {
			continue // met says it all, a few lines below
		}
		t.heading(outcomeStyle(f.worst()), fitWidth(f.name(), t.opts.Width), f.tally())
		for _, r := range open {
			style, mark := outcomeStyle(r.Outcome), fmt.Sprintf("  %-7s  ", r.Outcome)
			for j, line := range wrap(brief(r.Title, valueLimit), t.opts.Width-len(mark)) {
				if j > 0 {
					mark = strings.Repeat(" ", len(mark))
				}
				t.line(0, t.paint(style, mark)+line)
			}
			for _, line := range wrap(brief(r.ID, valueLimit)+" · "+t.scan.why(r), t.opts.Width-len(mark)) {
				t.line(len(mark), t.paint(faint, line))
			}
		}
	}
}

// met is the line of each framework beside the verdict.
func (t table) met() {
	for i := range t.judged {
		f := &t.judged[i]
		for _, line := range wrap(f.name()+": "+f.tally(), t.opts.Width) {
			t.line(0, t.paint(outcomeStyle(f.worst()), line))
		}
	}
}

func outcomeStyle(o model.Outcome) string {
	switch o {
	case model.Fail:
		return red
	case model.Unknown:
		return "1;" + yellow
	case model.Pass:
		return green
	default:
		return faint
	}
}

// frameworks writes, in the comment, what is not met as a table and folds the rest.
func (m *markdown) frameworks() {
	list := m.scan.frameworks()
	for i := range list {
		f := &list[i]
		m.printf("\n### %s %s: %s\n", outcomeMark(f.worst()), markdownProse(f.name()), f.tally())
		for j, r := range f.with(model.Fail, model.Unknown) {
			if j == 0 {
				m.printf("\n| | Requirement | Why |\n|---|---|---|\n")
			}
			m.requirement(r, m.scan.why(r))
		}
		rest := f.with(model.Pass, model.NotApplicable)
		if len(rest) == 0 {
			continue
		}
		m.printf("\n<details>\n<summary>%s</summary>\n\n| | Requirement | Controls |\n|---|---|---|\n", restTitle(f))
		for _, r := range rest {
			m.requirement(r, strings.Join(r.Controls, ", "))
		}
		m.printf("\n</details>\n")
	}
}

func (m *markdown) requirement(r *requirement, text string) {
	m.printf("| %s %s | %s %s | %s |\n", outcomeMark(r.Outcome), strings.ReplaceAll(outcomeText(r.Outcome), " ", "&nbsp;"),
		markdownCell(markdownProse(brief(r.Title, markdownValue))), markdownCell(markdownCode(brief(r.ID, markdownValue))), markdownCell(markdownProse(text)))
}

// markdownCell makes what is Markdown already fit for a table, where a bar ends the
// cell even in code.
func markdownCell(s string) string {
	if strings.HasPrefix(s, "`") {
		return strings.ReplaceAll(s, "|", `\|`)
	}
	return s
}

func outcomeMark(o model.Outcome) string {
	switch o {
	case model.Fail:
		return "❌"
	case model.Unknown:
		return "❔"
	case model.Pass:
		return "✅"
	default:
		return "➖"
	}
}
