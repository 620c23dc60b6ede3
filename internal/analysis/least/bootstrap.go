package least

import (
	"cmp"
	"maps"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// subjectsOf are all whom a binding names, each once and sorted.
func subjectsOf(v *snapshot.View) []rbac.Subject {
	found := map[rbac.Subject]bool{}
	add := func(object *snapshot.Object, subjects []rbacv1.Subject) {
		for _, s := range subjects {
			subject := rbac.Subject{Kind: s.Kind, Name: s.Name}
			if s.Kind == rbacv1.ServiceAccountKind {
				subject.Namespace = cmp.Or(s.Namespace, object.Namespace, "default")
			}
			found[subject] = true
		}
	}
	clusterWide, _ := snapshot.List(v, kinds.ClusterRoleBindings, "")
	for object, binding := range clusterWide {
		add(object, binding.Subjects)
	}
	namespaced, _ := snapshot.List(v, kinds.RoleBindings, "")
	for object, binding := range namespaced {
		add(object, binding.Subjects)
	}
	return slices.SortedFunc(maps.Keys(found), compareSubjects)
}

// bootstrapLabel marks what the API server creates and restores
// (plugin/pkg/auth/authorizer/rbac/bootstrappolicy of k8s.io/kubernetes).
const bootstrapLabel = "kubernetes.io/bootstrapping"

// bootstrap reports whether an object is of the bootstrap policy.
func bootstrap(o *snapshot.Object) bool {
	if o.Implied {
		return true
	}
	switch o.Kind {
	case "ClusterRoleBinding":
		value, err := kinds.ClusterRoleBindings.Read(o)
		return err == nil && value.Labels[bootstrapLabel] != ""
	case "RoleBinding":
		value, err := kinds.RoleBindings.Read(o)
		return err == nil && value.Labels[bootstrapLabel] != ""
	case "ClusterRole":
		value, err := kinds.ClusterRoles.Read(o)
		return err == nil && value.Labels[bootstrapLabel] != ""
	default:
		value, err := kinds.Roles.Read(o)
		return err == nil && value.Labels[bootstrapLabel] != ""
	}
}

func bootstrapBindings(v *snapshot.View) int {
	count := 0
	for _, kind := range []string{"ClusterRoleBinding", "RoleBinding"} {
		for _, object := range v.Objects(snapshot.GroupKind{Group: rbacv1.GroupName, Kind: kind}, "") {
			if bootstrap(object) {
				count++
			}
		}
	}
	return count
}

func unboundRoles(v *snapshot.View, bound map[*snapshot.Object]bool) []*snapshot.Object {
	var unbound []*snapshot.Object
	for _, kind := range []string{"ClusterRole", "Role"} {
		for _, object := range v.Objects(snapshot.GroupKind{Group: rbacv1.GroupName, Kind: kind}, "") {
			if !bound[object] && !bootstrap(object) && hasRules(object) {
				unbound = append(unbound, object)
			}
		}
	}
	return unbound
}

func hasRules(o *snapshot.Object) bool {
	if o.Kind == "Role" {
		value, err := kinds.Roles.Read(o)
		return err == nil && len(value.Rules) > 0
	}
	value, err := kinds.ClusterRoles.Read(o)
	return err == nil && len(value.Rules) > 0
}
