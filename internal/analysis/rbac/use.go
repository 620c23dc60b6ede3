package rbac

import (
	"strings"

	"holdfast.dev/holdfast/internal/snapshot"
)

// Used reports whether a role is bound, or part of an aggregated role, and whether
// that is known: a ClusterRole may be bound in any namespace.
func Used(v *snapshot.View, role *snapshot.Object) (used, known bool) {
	u := uses.Of(v, struct{}{})
	if u.roles[role] {
		return true, true
	}
	if role.Kind == "ClusterRole" {
		return false, u.complete
	}
	return false, len(bindings.Of(v, named(role.Namespace)).unsure) == 0
}

// use is who is used by whom.
type use struct {
	roles    map[*snapshot.Object]bool
	bindings map[*snapshot.Object]*binding
	complete bool // no binding and no role is unknown
}

var uses = snapshot.Memo[struct{}, *use]{Name: "rbac.uses", Compute: func(v *snapshot.View, _ struct{}) *use {
	u := &use{roles: map[*snapshot.Object]bool{}, bindings: map[*snapshot.Object]*binding{}, complete: allListed(v)}
	for _, place := range append([]string{""}, namespaces.Of(v, struct{}{})...) {
		set := bindings.Of(v, place)
		u.complete = u.complete && len(set.unsure) == 0
		for i := range set.all {
			b := &set.all[i]
			u.bindings[b.object] = b
			if b.role != nil {
				u.roles[b.role.object] = true
			}
		}
	}
	for _, r := range roles.Of(v, "").byName {
		for _, selected := range r.selected {
			if selected != r {
				u.roles[selected.object] = true
			}
		}
	}
	return u
}}

// Gives returns the rules by which a binding gives one of its subjects a permission.
func Gives(v *snapshot.View, object *snapshot.Object, subject int, p Permission) []Grant {
	b := uses.Of(v, struct{}{}).bindings[object]
	if b == nil || b.role == nil || p.ClusterWide && b.namespace != "" {
		return nil
	}
	var grants []Grant
	for _, g := range giving(b.role, &p, strings.Split(p.Verbs, "|")) {
		grants = append(grants, b.grant(g.rule, subject))
	}
	return grants
}
