package engine

import (
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/framework"
)

// Selection says which controls to run. Empty lists mean all, and none to skip.
type Selection struct {
	Frameworks []string
	Controls   []string
	Skip       []string
}

// Select picks checks. It fails on an id that does not exist, with the nearest
// ones that do.
func Select(all []check.Check, frameworks []framework.Framework, selection Selection) ([]check.Check, error) {
	known := map[string]bool{}
	for i := range all {
		known[all[i].ID] = true
	}
	for _, id := range slices.Concat(selection.Controls, selection.Skip) {
		if !known[id] {
			return nil, fmt.Errorf("there is no control %q%s", id, suggest(id, known))
		}
	}
	wanted := map[string]bool{}
	for _, id := range selection.Controls {
		wanted[id] = true
	}
	for _, id := range selection.Frameworks {
		i := slices.IndexFunc(frameworks, func(f framework.Framework) bool { return f.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("there is no framework %q: there are %s", id, strings.Join(ids(frameworks), ", "))
		}
		for _, control := range frameworks[i].Controls() {
			wanted[control] = true
		}
	}
	narrowed := len(selection.Controls)+len(selection.Frameworks) > 0
	var picked []check.Check
	for _, c := range all {
		if (!narrowed || wanted[c.ID]) && !slices.Contains(selection.Skip, c.ID) {
			picked = append(picked, c)
		}
	}
	return picked, nil
}

func ids(frameworks []framework.Framework) []string {
	names := make([]string, len(frameworks))
	for i := range frameworks {
		names[i] = frameworks[i].ID
	}
	return names
}

// suggest names the controls that share a word with what was typed.
func suggest(id string, known map[string]bool) string {
	var near []string
	for candidate := range known {
		for word := range strings.SplitSeq(id, "-") {
			if len(word) > 3 && strings.Contains(candidate, word) {
				near = append(near, candidate)
				break
			}
		}
	}
	if len(near) == 0 {
		return ""
	}
	slices.Sort(near)
	return ": did you mean " + strings.Join(near[:min(len(near), 5)], ", ") + "?"
}
