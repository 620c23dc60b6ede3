package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// namesShown is how many objects the table names where it also counts them.
const namesShown = 3

// gapsShown is how many gaps of a sort it lists.
const gapsShown = 20

// unknownsShown is how many entries it lists of controls that could not judge some
// objects.
const unknownsShown = 8

func (t table) exceptions() {
	list := t.scan.exceptions()
	if len(list) == 0 {
		return
	}
	t.heading(bold, "ACCEPTED", count(len(t.scan.Result.Excepted), "finding")+", covered by "+count(len(list), "exception"))
	for _, x := range list {
		t.entry(fmt.Sprintf("%5s  ", number(len(x.findings))), exceptionText(x.exception))
		t.accepted(x)
	}
}

// accepted lists the objects that an exception covers.
func (t table) accepted(x accepted) {
	mark := "         "
	if t.opts.Width > 0 && t.opts.Width < stacked {
		mark = "    "
	}
	shown, more := x.listed(t.opts.All)
	for _, o := range shown {
		t.entry(mark, o.name()+": "+o.controlsText(t.opts.All))
	}
	if more != "" {
		t.entry(mark, more)
	}
}

// exceptionText is what a person needs of an exception, on one line.
func exceptionText(x model.Exception) string {
	text := cmp.Or(brief(x.Reason, valueLimit), "no reason given")
	var by []string
	if x.Owner != "" {
		by = append(by, brief(x.Owner, valueLimit))
	}
	if !x.Expires.IsZero() {
		by = append(by, "until "+x.Expires.UTC().Format("2006-01-02"))
	}
	if x.Source != "" {
		by = append(by, brief(x.Source, valueLimit))
	}
	if len(by) > 0 {
		text += " (" + strings.Join(by, ", ") + ")"
	}
	return text
}

func (t table) gaps() {
	hiding, refused, skipped := t.scan.gapKinds()
	if len(hiding) > 0 {
		t.heading(red, "NOT READ", count(len(hiding), "gap")+": what they hide is not judged")
	}
	t.gapList(hiding)
	if len(refused) > 0 {
		t.heading(red, "REFUSED", count(len(refused), "gap")+": judged, but the API server would not take it")
	}
	t.gapList(refused)
	if len(skipped) > 0 {
		if len(hiding)+len(refused) == 0 {
			t.w.WriteByte('\n')
		}
		for _, line := range wrap(count(len(skipped), "input")+" skipped: met, but not asked for (-o json lists them)", t.opts.Width) {
			t.line(0, t.paint(faint, line))
		}
	}
}

func (t table) gapList(gaps []model.Gap) {
	for i, gap := range gaps {
		if i == gapsShown && !t.opts.All {
			t.entry("  ", "… and "+count(len(gaps)-i, "more gap")+": --all lists them")
			return
		}
		t.entry("  - ", gapText(gap))
	}
}

// gapText is where a gap is and why.
func gapText(gap model.Gap) string {
	where := brief(location(gap.File, gap.Line), 2*valueLimit)
	if where == "" || gap.Scope != (model.Scope{}) {
		if where != "" {
			where += ", "
		}
		where += brief(gap.Scope.String(), 2*valueLimit)
	}
	return where + ": " + brief(gap.Reason, 4*valueLimit)
}

func (t table) unknowns() {
	list := t.scan.unknowns()
	if len(list) == 0 {
		return
	}
	t.heading(bold, "NOT JUDGED", count(t.scan.unjudgedControls(), "control")+" could not see all that they need")
	if !t.opts.All {
		list = t.absent(list)
	}
	for i, u := range list {
		if i == unknownsShown && !t.opts.All && len(list) > unknownsShown+1 {
			t.entry("  - ", "… and "+count(len(list)-i, "more entry")+": --all lists them")
			return
		}
		t.entry("  - ", u.names()+": "+u.text())
	}
}

// absent writes, in one entry, the controls that met no object because none of a kind
// was read: what they say is the same for all. It returns the others.
func (t table) absent(list []unjudged) []unjudged {
	var rest []unjudged
	var missing []model.Scope
	controls := 0
	for _, u := range list {
		if u.count > 0 || len(u.missing) == 0 {
			rest = append(rest, u)
			continue
		}
		controls += len(u.controls)
		missing = append(missing, u.missing...)
	}
	if controls == 0 {
		return rest
	}
	if t.scan.Result.Objects == 0 && len(rest) == 0 {
		t.entry("  - ", "No object was read. -o json lists the kinds that each control needs.")
		return nil
	}
	slices.SortFunc(missing, func(a, b model.Scope) int { return cmp.Or(strings.Compare(a.Kind, b.Kind), a.Compare(b)) })
	missing = slices.Compact(missing)
	t.entry("  - ", count(controls, "control")+" had nothing to judge, or not everything, for want of "+kindsText(missing)+" (--all names the controls).")
	return rest
}

// kindsText lists kinds, with their groups where the names alone would be the same.
func kindsText(scopes []model.Scope) string {
	groups := map[string]map[string]bool{}
	for _, scope := range scopes {
		if groups[scope.Kind] == nil {
			groups[scope.Kind] = map[string]bool{}
		}
		groups[scope.Kind][scope.Group] = true
	}
	var names []string
	for _, scope := range scopes {
		if scope.Kind != "" && len(groups[scope.Kind]) == 1 {
			scope.Group = ""
		}
		names = append(names, brief(scope.String(), 2*valueLimit))
	}
	return strings.Join(names, ", ")
}

// fixFirst names the three controls to start with, when there are more.
func (t table) fixFirst(sections []section) {
	var first []group
	total := 0
	for _, s := range sections {
		total += len(s.groups)
		first = append(first, s.groups[:min(3-len(first), len(s.groups))]...)
	}
	if total <= len(first) {
		return
	}
	t.heading(green, "FIX FIRST", "the most severe, then the most frequent")
	for i, g := range first {
		t.entry(fmt.Sprintf("%3d  ", i+1), fmt.Sprintf("%s (%s, %s)", brief(g.control.Title, valueLimit), g.severity, count(g.objects(), "object")))
		for _, line := range wrap(firstSentence(brief(g.hint(), textLimit)), t.opts.Width-5) {
			t.line(5, t.paint(green, line))
		}
	}
}

// firstSentence is enough of a hint that stands in full above.
func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i >= 0 {
		return s[:i+1]
	}
	return s
}

// entry is an item of a list, its further lines aligned behind the mark.
func (t table) entry(mark, text string) {
	for _, line := range wrap(text, t.opts.Width-textWidth(mark)) {
		t.line(0, mark+line)
		mark = strings.Repeat(" ", len(mark))
	}
}

func (t table) summary() {
	t.w.WriteByte('\n')
	t.counts()
	t.met()
	style, verdict := t.scan.verdict()
	for _, line := range wrap(verdict, t.opts.Width) {
		t.line(0, t.paint(style, line))
	}
}

// counts is the line with the number of findings by severity. It stands at both
// ends of the report, since one of them is out of sight when there are many.
func (t table) counts() {
	r := t.scan.Result
	counts := model.CountBySeverity(r.Findings)
	noun := "finding"
	if t.scan.New {
		noun = "new finding"
	}
	text := count(len(r.Findings), noun)
	for i, severity := range presentSeverities(counts) {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		text += sep + number(counts[severity]) + " " + severity.String()
	}
	if n := len(r.Excepted); n > 0 {
		text += "; " + number(n) + " accepted"
	}
	for _, line := range wrap(text, t.opts.Width) {
		t.line(0, t.paint(bold, line))
	}
}

func presentSeverities(counts [5]int) []model.Severity {
	var present []model.Severity
	for _, severity := range model.Severities() {
		if counts[severity] > 0 {
			present = append(present, severity)
		}
	}
	return present
}

// verdict says what the exit status will be, and why.
func (s Scan) verdict() (style, text string) {
	failing, gaps := s.Failing(), s.gaps()
	reason := ""
	if failing > 0 {
		reason = count(failing, "finding") + " at " + s.FailOn.String()
		if *s.FailOn != model.Critical {
			reason += " or above"
		}
	}
	switch {
	case gaps > 0 && failing > 0:
		return red, fmt.Sprintf("Failed and incomplete: %s, and %s (exit 2).", reason, count(gaps, "gap"))
	case gaps > 0:
		return red, fmt.Sprintf("Incomplete: %s (exit 2).", count(gaps, "gap"))
	case failing > 0:
		return red, fmt.Sprintf("Failed: %s (exit 1).", reason)
	case s.Result.Objects == 0 && len(s.Result.Findings) == 0:
		return "1;" + yellow, "Nothing was judged: no object was read (exit 0)."
	}
	style = green
	switch {
	case len(s.Result.Findings) == 0:
		text = "Passed: nothing found (exit 0)"
	case s.FailOn != nil:
		text = fmt.Sprintf("Passed: nothing at %s or above (exit 0)", s.FailOn)
	default: // nobody asked for a verdict, and none is given
		style, text = "1;"+yellow, fmt.Sprintf("Reported: %s, and no severity was to fail the scan (exit 0)", count(len(s.Result.Findings), "finding"))
	}
	if n := s.unjudgedControls(); n > 0 { // unknown is never pass
		text += ", but " + count(n, "control") + " could not judge everything"
	}
	return style, text + "."
}
