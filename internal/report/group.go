package report

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// section holds the findings of one severity, by control.
type section struct {
	severity model.Severity
	count    int
	groups   []group
}

// group holds the findings of one control that share a severity.
type group struct {
	control  model.Control
	severity model.Severity
	findings []*model.Finding
}

// sections groups findings by severity, most severe first, then by control, the
// one with most findings first: its fix closes most.
func (s Scan) sections() []section {
	type key struct {
		severity model.Severity
		control  string
	}
	at := map[key]int{}
	var groups []group
	for i := range s.Result.Findings {
		f := &s.Result.Findings[i]
		k := key{f.Severity, f.Control}
		n, ok := at[k]
		if !ok {
			n = len(groups)
			at[k] = n
			groups = append(groups, group{control: s.control(f.Control), severity: f.Severity})
		}
		groups[n].findings = append(groups[n].findings, f)
	}
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(
			cmp.Compare(b.severity, a.severity),
			cmp.Compare(len(b.findings), len(a.findings)),
			cmp.Compare(a.control.ID, b.control.ID),
		)
	})
	var list []section
	for _, g := range groups {
		if len(list) == 0 || list[len(list)-1].severity != g.severity {
			list = append(list, section{severity: g.severity})
		}
		last := &list[len(list)-1]
		last.count += len(g.findings)
		last.groups = append(last.groups, g)
	}
	return list
}

// objects counts the different objects of a group.
func (g group) objects() int {
	seen := make(map[model.ID]struct{}, len(g.findings))
	for _, f := range g.findings {
		seen[f.Object.ID] = struct{}{}
	}
	return len(seen)
}

// hint is the shortest text that says what to do: what every finding of the group
// offers as its fix, else the control's remediation.
func (g group) hint() string {
	title := ""
	for i, f := range g.findings {
		if len(f.Fixes) == 0 || (i > 0 && f.Fixes[0].Title != title) {
			return g.control.Remediation
		}
		title = f.Fixes[0].Title
	}
	return cmp.Or(g.control.Remediation, title)
}

// accepted is a set of excepted findings that one exception covers.
type accepted struct {
	exception model.Exception
	findings  []*model.Finding
}

// exceptions groups what is excepted by exception, the largest first.
func (s Scan) exceptions() []accepted {
	at := map[model.Exception]int{}
	var list []accepted
	for i := range s.Result.Excepted {
		f := &s.Result.Excepted[i]
		var e model.Exception
		if f.Exception != nil {
			e = *f.Exception
		}
		n, ok := at[e]
		if !ok {
			n = len(list)
			at[e] = n
			list = append(list, accepted{exception: e})
		}
		list[n].findings = append(list[n].findings, f)
	}
	slices.SortFunc(list, func(a, b accepted) int {
		return cmp.Or(
			cmp.Compare(len(b.findings), len(a.findings)),
			cmp.Compare(a.exception.Source, b.exception.Source),
			cmp.Compare(a.exception.Reason, b.exception.Reason),
			cmp.Compare(a.exception.Owner, b.exception.Owner),
			a.exception.Expires.Compare(b.exception.Expires),
		)
	})
	return list
}

// unjudged is a set of controls that could not judge the same objects for want of
// the same input.
type unjudged struct {
	controls []string
	objects  []model.Ref // may be fewer than count
	count    int
	missing  []model.Scope
}

// unknowns groups the tallies that left something unjudged.
func (s Scan) unknowns() []unjudged {
	at := map[[sha256.Size]byte]int{}
	var list []unjudged
	for i := range s.Result.Controls {
		t := &s.Result.Controls[i]
		if t.Count[model.Unknown] == 0 && t.Outcome() != model.Unknown {
			continue
		}
		key := unjudgedKey(t)
		n, ok := at[key]
		if !ok {
			n = len(list)
			at[key] = n
			list = append(list, unjudged{objects: t.Unknown, count: t.Count[model.Unknown], missing: t.Missing})
		}
		list[n].controls = append(list[n].controls, t.Control)
	}
	return list
}

// unjudgedKey is equal for tallies that left the same objects unjudged for want of
// the same kinds: a hash, since there can be thousands of them.
func unjudgedKey(t *model.Tally) [sha256.Size]byte {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d %q", t.Count[model.Unknown], t.Missing)
	for i := range t.Unknown {
		id := &t.Unknown[i].ID
		for _, part := range []string{id.Cluster, id.Group, id.Kind, id.Namespace, id.Name} {
			io.WriteString(sum, part)
			sum.Write([]byte{0})
		}
	}
	return [sha256.Size]byte(sum.Sum(nil))
}

func (s Scan) unjudgedControls() int {
	n := 0
	for _, u := range s.unknowns() {
		n += len(u.controls)
	}
	return n
}

func (u unjudged) names() string {
	names := make([]string, len(u.controls))
	for i, id := range u.controls {
		names[i] = brief(id, valueLimit)
	}
	return strings.Join(names, ", ")
}

// text names a few of the objects, counts the rest, and says what is missing.
func (u unjudged) text() string {
	var parts []string
	if u.count > 0 {
		parts = append(parts, u.objectsText())
	}
	if len(u.missing) > 0 {
		parts = append(parts, "needs "+scopesText(u.missing))
	}
	return strings.Join(parts, "; ")
}

func (u unjudged) objectsText() string {
	var names []string
	for _, ref := range u.objects { // an object that several files define counts, but is named once
		if name := brief(ref.String(), 2*valueLimit); len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
		if len(names) == namesShown {
			break
		}
	}
	text := count(u.count, "object")
	switch {
	case len(names) == 0:
		return text
	case u.count > len(names):
		return text + ", such as " + strings.Join(names, ", ")
	default:
		return text + ": " + strings.Join(names, ", ")
	}
}

// scopesText lists scopes, each kind once with its namespaces.
func scopesText(scopes []model.Scope) string {
	var parts []string
	for i := 0; i < len(scopes); {
		kind, same := scopes[i], 1
		for i+same < len(scopes) {
			next := scopes[i+same]
			next.Namespace = kind.Namespace
			if next != kind || kind.Namespace == "" {
				break
			}
			same++
		}
		text := brief(kind.String(), 2*valueLimit)
		for _, scope := range scopes[i+1 : i+min(same, namesShown)] {
			text += ", " + brief(scope.Namespace, valueLimit)
		}
		if same > namesShown {
			text += " and " + count(same-namesShown, "more namespace")
		}
		parts = append(parts, text)
		i += same
	}
	return strings.Join(parts, ", ")
}

// outcomes counts controls by Outcome.
func (s Scan) outcomes() [4]int {
	var counts [4]int
	for i := range s.Result.Controls {
		counts[s.Result.Controls[i].Outcome()]++
	}
	return counts
}

// place is where a finding is written: the first of its evidence that is in a
// file, preferring the object's own.
func place(f *model.Finding) (file string, line int) {
	for i := range f.Evidence {
		e := &f.Evidence[i]
		if e.File == "" {
			continue
		}
		if e.Object.ID == f.Object.ID {
			return e.File, e.Line
		}
		if file == "" {
			file, line = e.File, e.Line
		}
	}
	return file, line
}

func location(file string, line int) string {
	if file == "" || line <= 0 {
		return file
	}
	return file + ":" + strconv.Itoa(line)
}

// controlIDs lists the controls that ran or that a finding names, sorted.
func (s Scan) controlIDs() []string {
	seen := map[string]bool{}
	for i := range s.Result.Controls {
		seen[s.Result.Controls[i].Control] = true
	}
	for _, list := range [][]model.Finding{s.Result.Findings, s.Result.Excepted} {
		for i := range list {
			seen[list[i].Control] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
