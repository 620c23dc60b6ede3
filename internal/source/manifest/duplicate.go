package manifest

import (
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
