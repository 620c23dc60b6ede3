package techniques

import (
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/snapshot"
)

// targets are the names of the objects that a permission counts for: "" alone where
// it counts for any.
func targets(c *attack.Case, permission int) []string {
	if c.Limited(permission) {
		return c.Names(permission)
	}
	return []string{""}
}

// onEach yields the objects that a permission counts for, one by one where it is
// limited to names.
func onEach(c *attack.Case, permission int, yield attack.Yield, group, kind string, conditions ...string) {
	for _, name := range targets(c, permission) {
		c.Yields(yield, attack.Of(group, kind, c.Namespace, name), conditions...)
	}
}

// wide is the case for objects without a namespace, where its other permissions
// count in one namespace only.
func wide(c *attack.Case) *attack.Case {
	w := *c
	w.Namespace = ""
	return &w
}

// kind names a kind.
func kind(group, name string) snapshot.GroupKind { return snapshot.GroupKind{Group: group, Kind: name} }
