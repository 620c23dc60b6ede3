package techniques

import (
	"slices"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
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

// existing is an object, or with the name "" one of any name, that is there for a
// permission that creates nothing. condition says what was not read where it is not
// known to be there.
type existing struct {
	name      string
	evidence  []model.Evidence
	condition string
}

// existingFor lists what is there of the objects that a permission counts for.
func existingFor(c *attack.Case, permission int, group, kind string) []existing {
	complete := c.Complete(model.Scope{Group: group, Kind: kind, Namespace: c.Namespace})
	objects := c.Objects(snapshot.GroupKind{Group: group, Kind: kind}, c.Namespace)
	var all []existing
	for _, name := range targets(c, permission) {
		i := slices.IndexFunc(objects, func(o *snapshot.Object) bool { return name == "" || o.Name == name })
		switch {
		case i >= 0:
			all = append(all, existing{name: name, evidence: []model.Evidence{objects[i].Evidence("metadata.name", objects[i].Name)}})
		case !complete && name == "":
			all = append(all, existing{condition: "there is a " + kind + "; not all were read"})
		case !complete:
			all = append(all, existing{name: name, condition: "there is a " + kind + " " + name + "; not all were read"})
		}
	}
	return all
}

// gives yields something that needs the object.
func (e *existing) gives(c *attack.Case, yield attack.Yield, object model.ID, conditions ...string) {
	if e.condition != "" {
		c.Perhaps(yield, object, append(slices.Clone(conditions), e.condition)...)
		return
	}
	c.Shown(yield, object, e.evidence, conditions...)
}

// onExisting is onEach for permissions that create nothing.
func onExisting(c *attack.Case, permission int, yield attack.Yield, group, kind string, conditions ...string) {
	for _, e := range existingFor(c, permission, group, kind) {
		e.gives(c, yield, attack.Of(group, kind, c.Namespace, e.name), conditions...)
	}
}
