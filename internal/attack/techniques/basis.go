package techniques

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// basis is what a step rests on besides the permission: fields that the snapshot
// shows, what it would show and was not read, and what no snapshot shows.
type basis struct {
	evidence   []model.Evidence
	unread     []string
	conditions []string
}

// and is both together.
func (b basis) and(other basis) basis {
	return basis{
		evidence:   slices.Concat(b.evidence, other.evidence),
		unread:     slices.Concat(b.unread, other.unread),
		conditions: slices.Concat(b.conditions, other.conditions),
	}
}

// yields says what comes of it: perhaps, where something was not read.
func (b basis) yields(c *attack.Case, yield attack.Yield, object model.ID, conditions ...string) {
	conditions = slices.Concat(b.conditions, conditions)
	if len(b.unread) > 0 {
		c.Perhaps(yield, object, append(conditions, b.unread...)...)
		return
	}
	c.Shown(yield, object, b.evidence, conditions...)
}

// examples is how many of the objects that something counts for are shown.
const examples = 4

// existing finds the objects that the first permission, to change or delete them,
// counts for. It is not ok where there is none: then the permission does nothing.
func existing(c *attack.Case, gk snapshot.GroupKind) (b basis, ok bool) {
	return matching(c, gk, c.Namespace, func(name string) bool { return c.On(0, name) })
}

// some finds any objects of a kind in a namespace, or with "" anywhere.
func some(c *attack.Case, gk snapshot.GroupKind, namespace string) (b basis, ok bool) {
	return matching(c, gk, namespace, func(string) bool { return true })
}

func matching(c *attack.Case, gk snapshot.GroupKind, namespace string, counts func(name string) bool) (b basis, ok bool) {
	for _, object := range c.Objects(gk, namespace) {
		if !counts(object.Name) {
			continue
		}
		b.evidence = append(b.evidence, object.Evidence("metadata.name", object.Name))
		if len(b.evidence) == examples {
			break
		}
	}
	if len(b.evidence) > 0 {
		return b, true
	}
	if c.Complete(model.Scope{Group: gk.Group, Kind: gk.Kind, Namespace: namespace}) {
		return b, false
	}
	return basis{unread: []string{"some " + gk.Kind + " is there that this counts for; not all were read"}}, true
}

// onExisting says that something comes of the objects that the first permission
// counts for: of each by its name where it is limited to names.
func onExisting(c *attack.Case, yield attack.Yield, gk snapshot.GroupKind, conditions ...string) {
	if !c.Limited(0) {
		if b, ok := existing(c, gk); ok {
			b.yields(c, yield, attack.Of(gk.Group, gk.Kind, c.Namespace, ""), conditions...)
		}
		return
	}
	for _, name := range c.Names(0) {
		if b, ok := matching(c, gk, c.Namespace, func(other string) bool { return other == name }); ok {
			b.yields(c, yield, attack.Of(gk.Group, gk.Kind, c.Namespace, name), conditions...)
		}
	}
}

// site is where objects can be written: a namespace, or "" everywhere.
type site struct {
	basis
	namespace string
}

// sites says where the first permission lets objects be written: where it counts for
// who can create them, else where there are some to change.
func sites(c *attack.Case, gk snapshot.GroupKind) []site {
	for i := range c.Grants {
		if creates(c.Grants[i].Rule) {
			return []site{{namespace: c.Namespace}}
		}
	}
	if c.Everywhere() && c.Limited(0) {
		if found := namedSites(c, gk); len(found) > 0 {
			return found
		}
	}
	if b, ok := existing(c, gk); ok {
		return []site{{basis: b, namespace: c.Namespace}}
	}
	return nil
}

// namedSites are the namespaces that have an object of one of the names.
func namedSites(c *attack.Case, gk snapshot.GroupKind) []site {
	var found []site
	for _, object := range c.Objects(gk, "") {
		if !c.On(0, object.Name) || slices.ContainsFunc(found, func(s site) bool { return s.namespace == object.Namespace }) {
			continue
		}
		evidence := []model.Evidence{object.Evidence("metadata.name", object.Name)}
		found = append(found, site{basis: basis{evidence: evidence}, namespace: object.Namespace})
	}
	return found
}

func creates(rule *rbacv1.PolicyRule) bool {
	return rule != nil && len(rule.ResourceNames) == 0 &&
		(slices.Contains(rule.Verbs, "create") || slices.Contains(rule.Verbs, rbacv1.VerbAll))
}

// named finds one object by its name, where the first permission counts for it.
func named(c *attack.Case, kind, namespace, name string) (b basis, ok bool) {
	if c.Namespace != "" && c.Namespace != namespace || !c.On(0, name) {
		return b, false
	}
	id := attack.In(namespace, kind, name)
	id.Cluster = c.Settings().Cluster
	object, presence := c.Find(id)
	switch presence {
	case snapshot.Present:
		return basis{evidence: []model.Evidence{object.Evidence("metadata.name", name)}}, true
	case snapshot.Absent:
		return b, false
	default:
		return basis{unread: []string{"there is a " + kind + " " + namespace + "/" + name + "; it was not read"}}, true
	}
}
