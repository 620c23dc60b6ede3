package techniques

import (
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// otherDefaultPriority is whether a PriorityClass of another name than counts is
// the default: the API server takes only one.
func otherDefaultPriority(c *attack.Case, counts func(name string) bool) (other, known bool) {
	all, complete := snapshot.List(c.View, kinds.PriorityClasses, "")
	for object, class := range all {
		if class.GlobalDefault && !counts(object.Name) {
			return true, true
		}
	}
	return false, complete
}

// defaultPriority says what comes of setting the default priority: the pods of
// others that are made from then on push those aside that have none.
func defaultPriority(c *attack.Case, b basis, counts func(name string) bool) {
	other, known := otherDefaultPriority(c, counts)
	if other {
		return
	}
	if !known {
		b = b.and(basis{unread: []string{"no other PriorityClass is the default; not all were read"}})
	}
	b.yields(c, attack.Denial, attack.In("", "Pod", ""), "pods are created for which there is no room")
}
