package manifest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// duplicates notes the objects that stand in more than one place. All are kept
// and judged; references resolve to the one whose file sorts first, as
// snapshot.New orders them.
func duplicates(put []snapshot.Change) []snapshot.Change {
	places := make(map[model.ID][]*snapshot.Object, len(put))
	var several []model.ID
	for _, change := range put {
		id := change.Put.ID
		places[id] = append(places[id], change.Put)
		if len(places[id]) == 2 {
			several = append(several, id)
		}
	}
	slices.SortFunc(several, model.ID.Compare)
	var notes []snapshot.Change
	for _, id := range several {
		objects := places[id]
		slices.SortStableFunc(objects, func(a, b *snapshot.Object) int {
			return cmp.Or(strings.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line))
		})
		first := objects[0].Origin
		for _, object := range objects[1:] {
			notes = append(notes, snapshot.Change{Gap: &model.Gap{
				Scope: id.Scope(), File: object.Origin.File, Line: object.Origin.Line, Skipped: true,
				Reason: fmt.Sprintf("%s is also defined in %s:%d: references resolve to that one", id, first.File, first.Line),
			}})
		}
	}
	return notes
}

// sighting is where an object was seen.
type sighting struct {
	id   model.ID
	file string
	line int
}

// sightings tell apart objects that several kustomizations make of one base: they
// stand in the same place, and a snapshot keeps one object for each.
type sightings map[sighting]*snapshot.Object

// distinct gives an object that differs from the one seen before in its place the
// place of the kustomization that makes it. One that does not differ is only noted.
func (s sightings) distinct(from unit, change snapshot.Change) snapshot.Change {
	object := change.Put
	at := sighting{id: object.ID, file: object.Origin.File, line: object.Origin.Line}
	first, known := s[at]
	if !known || from.via == "" {
		s[at] = object
		return change
	}
	a, errA := first.Encode()
	b, errB := object.Encode()
	if errA == nil && errB == nil && bytes.Equal(a, b) {
		return snapshot.Change{Gap: &model.Gap{
			Scope: object.Scope(), File: from.via, Skipped: true,
			Reason: fmt.Sprintf("%s of %s:%d is the same as another kustomization makes it: judged once", object.ID, at.file, at.line),
		}}
	}
	object.Origin.File, object.Origin.Line, object.Origin.Lines = from.via, 0, nil
	return change
}
