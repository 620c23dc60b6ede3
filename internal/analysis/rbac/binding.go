package rbac

import (
	"iter"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// binding is a RoleBinding or ClusterRoleBinding and the role that it gives.
type binding struct {
	object    *snapshot.Object
	namespace string // where it counts: "" is everywhere
	subjects  []rbacv1.Subject
	ref       rbacv1.RoleRef
	role      *role // nil when it was not found
}

// holder is one subject of one binding.
type holder struct {
	binding *binding
	subject int
	order   int // of the binding among those of its scope
}

// bound are all bindings of one role.
type bound struct {
	role     *role
	bindings []int
}

// bindingSet holds the RoleBindings of a namespace, or the ClusterRoleBindings.
type bindingSet struct {
	all     []binding
	holders map[who][]holder
	byRole  []bound       // in the order in which roles are first bound
	unsure  []model.Scope // what is not completely known of what decides here
}

// bindings indexes the RoleBindings of a namespace, with "" the
// ClusterRoleBindings. What changes in one namespace leaves the others' alone.
var bindings = snapshot.Memo[string, *bindingSet]{Name: "rbac.bindings", Compute: func(v *snapshot.View, namespace string) *bindingSet {
	set := &bindingSet{holders: map[who][]holder{}}
	complete := set.read(v, namespace)
	own := roles.Of(v, namespace)
	cluster := roles.Of(v, "")
	position := map[*role]int{}
	for i := range set.all {
		b := &set.all[i]
		b.role = resolve(&b.ref, own, cluster, namespace)
		set.index(b, i)
		if b.role == nil {
			continue
		}
		at, ok := position[b.role]
		if !ok {
			at = len(set.byRole)
			position[b.role] = at
			set.byRole = append(set.byRole, bound{role: b.role})
		}
		set.byRole[at].bindings = append(set.byRole[at].bindings, i)
	}
	scopes := scopesOf(v, namespace)
	if !own.complete {
		set.unsure = append(set.unsure, scopes[0])
	}
	if !complete {
		set.unsure = append(set.unsure, scopes[1])
	}
	return set
}}

// read fills all, and reports whether nothing can be missing.
func (s *bindingSet) read(v *snapshot.View, namespace string) bool {
	add := func(object *snapshot.Object, subjects []rbacv1.Subject, ref rbacv1.RoleRef) bool {
		s.all = append(s.all, binding{object: object, namespace: namespace, subjects: subjects, ref: ref})
		return !object.Partial
	}
	if namespace == "" {
		all, complete := snapshot.List(v, kinds.ClusterRoleBindings, "")
		for object, value := range all {
			complete = add(object, value.Subjects, value.RoleRef) && complete
		}
		return complete
	}
	all, complete := list(v, kinds.RoleBindings, namespace)
	for object, value := range all {
		complete = add(object, value.Subjects, value.RoleRef) && complete
	}
	return complete
}

func (s *bindingSet) index(b *binding, order int) {
	for i := range b.subjects {
		if key, ok := keyOf(&b.subjects[i], b.namespace); ok {
			s.holders[key] = append(s.holders[key], holder{binding: b, subject: i, order: order})
		}
	}
}

// resolve is GetRoleReferenceRules of pkg/registry/rbac/validation/rule.go: the API
// group is not looked at, and a ClusterRoleBinding gives no Role.
func resolve(ref *rbacv1.RoleRef, own, cluster *roleSet, namespace string) *role {
	switch {
	case ref.Kind == "ClusterRole":
		return cluster.byName[ref.Name]
	case ref.Kind == "Role" && namespace != "":
		return own.byName[ref.Name]
	default:
		return nil
	}
}

// setsFor are the bindings that decide about a namespace, in the order in which
// VisitRulesFor asks them: the cluster's, then the namespace's.
func setsFor(v *snapshot.View, namespace string) iter.Seq[*bindingSet] {
	return func(yield func(*bindingSet) bool) {
		if yield(bindings.Of(v, "")) && namespace != "" {
			yield(bindings.Of(v, namespace))
		}
	}
}

// placedSet are the bindings that count in a place: "" is everywhere.
type placedSet struct {
	place string
	*bindingSet
}

// allBindings are the bindings of all places: the cluster's, then by namespace.
type allBindings struct {
	sets     []placedSet
	of       map[who][]int // in which sets somebody is named
	complete bool
}

var everyBinding = snapshot.Memo[struct{}, *allBindings]{Name: "rbac.everyBinding", Compute: func(v *snapshot.View, _ struct{}) *allBindings {
	all := &allBindings{of: map[who][]int{}, complete: allListed(v)}
	for _, place := range append([]string{""}, namespaces.Of(v, struct{}{})...) {
		set := bindings.Of(v, place)
		for key := range set.holders {
			all.of[key] = append(all.of[key], len(all.sets))
		}
		all.complete = all.complete && len(set.unsure) == 0
		all.sets = append(all.sets, placedSet{place, set})
	}
	return all
}}

// naming are the sets that name one of several, in order.
func (a *allBindings) naming(keys []who) iter.Seq[*bindingSet] {
	var at []int
	for _, key := range keys {
		at = append(at, a.of[key]...)
	}
	slices.Sort(at)
	at = slices.Compact(at)
	return func(yield func(*bindingSet) bool) {
		for _, i := range at {
			if !yield(a.sets[i].bindingSet) {
				return
			}
		}
	}
}

// namespaces are those that have RoleBindings, sorted.
var namespaces = snapshot.Memo[struct{}, []string]{Name: "rbac.namespaces", Compute: func(v *snapshot.View, _ struct{}) []string {
	gk := snapshot.GroupKind{Group: kinds.RoleBindings.Group, Kind: kinds.RoleBindings.Kind}
	var names []string
	for _, object := range v.Objects(gk, "") {
		if namespace := named(object.Namespace); len(names) == 0 || names[len(names)-1] != namespace {
			names = append(names, namespace)
		}
	}
	slices.Sort(names) // what names none came first
	return slices.Compact(names)
}}
