package report

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

const (
	// acceptedShown objects of an exception that covers more than acceptedLimit are
	// listed; the rest is counted.
	acceptedLimit = 10
	acceptedShown = 8
	// controlsShown controls of an object with more than controlsLimit are named.
	controlsLimit = 12
	controlsShown = 10
)

// acceptedObject is an object with what is accepted of it.
type acceptedObject struct {
	object   model.Ref
	controls []string // the most severe first, each once
	times    map[string]int
	findings int
}

// objects groups what an exception covers by object.
func (a accepted) objects() []acceptedObject {
	at := map[model.ID]int{}
	var list []acceptedObject
	for _, f := range a.findings {
		n, ok := at[f.Object.ID]
		if !ok {
			n = len(list)
			at[f.Object.ID] = n
			list = append(list, acceptedObject{object: f.Object, times: map[string]int{}})
		}
		o := &list[n]
		if o.times[f.Control]++; o.times[f.Control] == 1 {
			o.controls = append(o.controls, f.Control)
		}
		o.findings++
	}
	slices.SortFunc(list, func(a, b acceptedObject) int { return a.object.ID.Compare(b.object.ID) })
	return list
}

// listed parts the objects that a report lists from a count of the others.
func (a accepted) listed(all bool) (shown []acceptedObject, more string) {
	list := a.objects()
	if all || len(list) <= acceptedLimit {
		return list, ""
	}
	left := 0
	for _, o := range list[acceptedShown:] {
		left += o.findings
	}
	return list[:acceptedShown], "… and " + count(left, "more finding") + " on " + count(len(list)-acceptedShown, "object") + ": --all and -o json list them"
}

func (o acceptedObject) name() string { return brief(o.object.String(), valueLimit) }

// controlsText names the controls: "run-as-root (2), host-network".
func (o acceptedObject) controlsText(all bool) string {
	shown := o.controls
	if !all && len(shown) > controlsLimit {
		shown = shown[:controlsShown]
	}
	names := make([]string, len(shown))
	for i, id := range shown {
		names[i] = brief(id, valueLimit)
		if n := o.times[id]; n > 1 {
			names[i] += " (" + number(n) + ")"
		}
	}
	text := strings.Join(names, ", ")
	if left := len(o.controls) - len(shown); left > 0 {
		text += " … and " + count(left, "more control") + ": --all and -o json list them"
	}
	return text
}
