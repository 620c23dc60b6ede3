package techniques

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// rebindable is a binding that others can be added to, and its role.
type rebindable struct {
	basis
	name  string
	role  model.ID
	place string // where it counts: "" is everywhere
	full  bool   // the role gives every right
}

// rebindQuestion asks for the RoleBindings of a namespace, with "" of all, to roles
// of a kind; or with cluster for the ClusterRoleBindings.
type rebindQuestion struct {
	namespace, kind string
	cluster         bool
}

// rebindables are its answer.
type rebindables struct {
	all      []rebindable // those that give every right first
	complete bool
}

var rebinding = snapshot.Memo[rebindQuestion, *rebindables]{Name: "techniques.rebinding", Compute: func(v *snapshot.View, q rebindQuestion) *rebindables {
	found := &rebindables{}
	if q.cluster {
		all, complete := snapshot.List(v, kinds.ClusterRoleBindings, "")
		for object, binding := range all {
			found.add(v, object, &binding.RoleRef, clusterRole(binding.RoleRef.Name))
		}
		found.complete = complete
	} else {
		all, complete := snapshot.List(v, kinds.RoleBindings, q.namespace)
		for object, binding := range all {
			switch ref := &binding.RoleRef; {
			case ref.Kind != q.kind:
			case q.kind == "Role":
				found.add(v, object, ref, attack.Of(rbacv1.GroupName, "Role", object.Namespace, ref.Name))
			default:
				found.add(v, object, ref, clusterRole(ref.Name))
			}
		}
		found.complete = complete
	}
	slices.SortStableFunc(found.all, func(a, b rebindable) int {
		switch {
		case a.full == b.full:
			return 0
		case a.full:
			return -1
		default:
			return 1
		}
	})
	return found
}}

func (r *rebindables) add(v *snapshot.View, object *snapshot.Object, ref *rbacv1.RoleRef, role model.ID) {
	role.Cluster = v.Settings().Cluster
	r.all = append(r.all, rebindable{
		basis: basis{evidence: []model.Evidence{object.Evidence("roleRef", ref.Kind+" "+ref.Name)}},
		name:  object.Name, role: role, place: object.Namespace, full: worths.Of(v, role).everything,
	})
}

// rebinds says what comes of adding oneself to the RoleBindings that the first
// permission counts for, where the second, bind, counts for their role. What a
// binding refers to cannot be changed.
func rebinds(kind string) func(*attack.Case) {
	return func(c *attack.Case) {
		if !bindsEvery(c) {
			rebindsAll(c, rebindQuestion{namespace: c.Namespace, kind: kind})
		}
	}
}

// rebindsClusterRoles is rebinds for ClusterRoleBindings.
func rebindsClusterRoles(c *attack.Case) { rebindsAll(c, rebindQuestion{cluster: true}) }

// rebindsAll goes by what the bindings give. After one that gives every right of its
// place no other says anything new there, nor does a second one to a role of no note.
func rebindsAll(c *attack.Case, q rebindQuestion) {
	found := rebinding.Of(c.View, q)
	full, plain := map[string]bool{}, map[model.ID]bool{}
	for i := range found.all {
		r := &found.all[i]
		if !c.On(0, r.name) || !c.On(1, r.role.Name) || full[r.place] || plain[r.role] {
			continue
		}
		full[r.place] = r.full
		plain[r.role] = !grantsRole(c, r.basis, r.role, r.place, q.cluster)
	}
	if found.complete {
		return
	}
	kind := "RoleBinding"
	if q.cluster {
		kind = "ClusterRoleBinding"
	}
	grantsAll(c, basis{unread: []string{"a " + kind + " that they may change allows everything; not all were read"}}, q.namespace, q.cluster)
}
