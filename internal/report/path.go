package report

import (
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// pathsShown is how many attack paths the table and the comment tell; the rest is
// counted unless all are wanted.
const pathsShown = 5

// pathView is an attack path in words.
type pathView struct {
	Entry, Goal string
	Steps       []stepView
}

type stepView struct{ Title, Yields, Place, Possible string }

func (s Scan) viewPath(path *model.AttackPath) pathView {
	v := pathView{Entry: factText(path.Entry), Goal: factText(path.Goal)}
	for i := range path.Steps {
		at := &path.Steps[i]
		step := stepView{Title: brief(s.control(at.Technique).Title, valueLimit), Yields: factText(at.Yields)}
		if at.Possible {
			step.Possible = "possible: not everything it needs is known"
		}
		for _, e := range at.Evidence {
			if e.File != "" {
				step.Place = brief(location(e.File, e.Line), 2*valueLimit)
				break
			}
		}
		v.Steps = append(v.Steps, step)
	}
	return v
}

// factText reads "owns node: every-node[Node] (root)".
func factText(f model.Fact) string {
	text := strings.ReplaceAll(f.Kind, "-", " ")
	if !strings.EqualFold(f.Kind, f.Object.Name) {
		text += ": " + f.Object.String()
	}
	if f.Detail != "" {
		text += " (" + f.Detail + ")"
	}
	return brief(text, 2*valueLimit)
}

func (p pathView) title() string {
	return p.Entry + " → " + p.Goal + " (" + count(len(p.Steps), "step") + ")"
}

func (v stepView) text() string {
	text := v.Title + " → " + v.Yields
	if v.Possible != "" {
		text += ", " + v.Possible
	}
	if v.Place != "" {
		text += " (" + v.Place + ")"
	}
	return text
}

// pathViews are the paths to tell, and how many are left out.
func (s Scan) pathViews(all bool) (views []pathView, left int) {
	for i := range s.Result.Paths {
		if !all && i == pathsShown {
			return views, len(s.Result.Paths) - i
		}
		views = append(views, s.viewPath(&s.Result.Paths[i]))
	}
	return views, 0
}

func (t table) paths() {
	views, left := t.scan.pathViews(t.opts.All)
	if len(views) == 0 {
		return
	}
	t.heading(red, "ATTACK PATHS", count(len(t.scan.Result.Paths), "path")+", cheapest first")
	for _, view := range views {
		t.entry("  ", view.title())
		for i, step := range view.Steps {
			t.entry(fmt.Sprintf("%5d  ", i+1), step.text())
		}
	}
	if left > 0 {
		t.entry("  ", "… and "+count(left, "more path")+": --all lists them")
	}
}

func (m *markdown) paths() {
	views, left := m.scan.pathViews(m.opts.All)
	if len(views) == 0 {
		return
	}
	m.printf("\n### Attack paths: %s\n\n", number(len(m.scan.Result.Paths)))
	for _, view := range views {
		m.printf("- %s\n", markdownProse(view.title()))
		for i, step := range view.Steps {
			m.printf("  %d. %s\n", i+1, markdownProse(step.text()))
		}
	}
	if left > 0 {
		m.printf("- … and %s: `-o json` lists them\n", count(left, "more path"))
	}
}
