package generate

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// counted is "1 address" or "2 addresses".
func counted(count int, one, more string) string {
	if count == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", count, more)
}

// portNumber reads a port.
func portNumber(text string) (uint16, bool) {
	port, err := strconv.ParseUint(text, 10, 16)
	return uint16(port), err == nil && port > 0
}

// supplied iterates over the objects of a kind that were supplied. That none were is
// no gap: few clusters have objects of each kind.
func supplied[T any](v *snapshot.View, k snapshot.Kind[T], namespace string) iter.Seq2[*snapshot.Object, T] {
	v.Unread(model.Scope{Group: k.Group, Kind: k.Kind, Namespace: namespace})
	return func(yield func(*snapshot.Object, T) bool) {
		var last *snapshot.Object
		for _, object := range v.Objects(snapshot.GroupKind{Group: k.Group, Kind: k.Kind}, namespace) {
			if last != nil && last.ID == object.ID {
				continue // the same object from another file
			}
			last = object
			if value, err := k.Read(object); err == nil && !yield(object, value) {
				return
			}
		}
	}
}

// joined names the members of a set, sorted.
func joined(set map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}
