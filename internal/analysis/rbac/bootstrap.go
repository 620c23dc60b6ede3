package rbac

import (
	"maps"
	"slices"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/implied"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// bootstrap is the default policy by object.
var bootstrap = sync.OnceValue(func() map[model.ID]*snapshot.Object {
	objects := map[model.ID]*snapshot.Object{}
	for _, object := range implied.BootstrapRBAC() {
		objects[object.ID] = object
	}
	return objects
})

// Bootstrap returns the object that the API server makes under an ID when it starts;
// nil when it makes none.
func Bootstrap(id model.ID) *snapshot.Object {
	id.Cluster = ""
	return bootstrap()[id]
}

// Difference is how an object of the default policy differs from what the API server
// made: the server puts back what was taken away, but leaves what was added
// (pkg/registry/rbac/reconciliation).
type Difference struct {
	Subjects []int // that were added, by index
	Rules    []int // that were added, by index; not of aggregated roles, which a controller fills
	Role     bool  // a binding that refers to another role
}

// None reports whether nothing was added.
func (d Difference) None() bool { return len(d.Subjects)+len(d.Rules) == 0 && !d.Role }

// Changed compares an object with the default policy. ok is false when the API
// server makes none of that name, or when the object cannot be read.
func Changed(object *snapshot.Object) (d Difference, ok bool) {
	stock := Bootstrap(object.ID)
	if stock == nil {
		return d, false
	}
	if isBinding(object.Kind) {
		have, haveRef, err := readBinding(object)
		want, wantRef, wrong := readBinding(stock)
		if err != nil || wrong != nil {
			return d, false
		}
		d.Role = haveRef.Kind != wantRef.Kind || haveRef.Name != wantRef.Name
		d.Subjects = added(have, want, sameSubject)
		return d, true
	}
	have, aggregated, err := readRules(object)
	want, _, wrong := readRules(stock)
	if err != nil || wrong != nil {
		return d, false
	}
	if !aggregated {
		d.Rules = added(have, want, sameRule)
	}
	return d, true
}

// IsStock reports whether an object is one of the default policy to which nothing
// was added.
func IsStock(object *snapshot.Object) bool {
	d, ok := Changed(object)
	return ok && d.None()
}

func isBinding(kind string) bool { return kind == "ClusterRoleBinding" || kind == "RoleBinding" }

func readBinding(o *snapshot.Object) ([]rbacv1.Subject, rbacv1.RoleRef, error) {
	if o.Kind == "RoleBinding" {
		b, err := kinds.RoleBindings.Read(o)
		if err != nil {
			return nil, rbacv1.RoleRef{}, err
		}
		return b.Subjects, b.RoleRef, nil
	}
	b, err := kinds.ClusterRoleBindings.Read(o)
	if err != nil {
		return nil, rbacv1.RoleRef{}, err
	}
	return b.Subjects, b.RoleRef, nil
}

func readRules(o *snapshot.Object) (rules []rbacv1.PolicyRule, aggregated bool, err error) {
	if o.Kind == "Role" {
		r, err := kinds.Roles.Read(o)
		if err != nil {
			return nil, false, err
		}
		return r.Rules, false, nil
	}
	r, err := kinds.ClusterRoles.Read(o)
	if err != nil {
		return nil, false, err
	}
	return r.Rules, r.AggregationRule != nil, nil
}

// added are the indexes of what is in have and not in want.
func added[T any](have, want []T, same func(a, b *T) bool) []int {
	var found []int
	for i := range have {
		if !slices.ContainsFunc(want, func(w T) bool { return same(&have[i], &w) }) {
			found = append(found, i)
		}
	}
	return found
}

func sameSubject(a, b *rbacv1.Subject) bool {
	return a.Kind == b.Kind && a.Name == b.Name && a.Namespace == b.Namespace
}

// sameRule compares rules whatever the order of their words.
func sameRule(a, b *rbacv1.PolicyRule) bool {
	for i, list := range wordLists(a) {
		if !slices.Equal(list, wordLists(b)[i]) {
			return false
		}
	}
	return true
}

func wordLists(rule *rbacv1.PolicyRule) [5][]string {
	var sorted [5][]string
	for i, list := range [][]string{rule.Verbs, rule.APIGroups, rule.Resources, rule.ResourceNames, rule.NonResourceURLs} {
		unique := map[string]bool{}
		for _, word := range list {
			unique[word] = true
		}
		sorted[i] = slices.Sorted(maps.Keys(unique))
	}
	return sorted
}
