package rbac

import (
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// Every object of the default policy is its own stock, whatever the order of the
// words of its rules.
func TestBootstrapIsStock(t *testing.T) {
	for _, object := range implied.BootstrapRBAC() {
		if !IsStock(object) {
			t.Errorf("%s is not", object.ID)
		}
	}
}

func TestChanged(t *testing.T) {
	role := func(kind, name string, body any) *snapshot.Object {
		return &snapshot.Object{Ref: model.Ref{ID: model.ID{Group: rbacv1.GroupName, Kind: kind, Name: name}, Version: "v1"}, Body: body}
	}
	rule := func(verbs ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{Verbs: verbs, APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"tokenreviews"}}
	}
	stock := rule("create")
	reviews := rbacv1.PolicyRule{Verbs: []string{"create"}, APIGroups: []string{"authorization.k8s.io"}, Resources: []string{"subjectaccessreviews"}}
	for name, test := range map[string]struct {
		object *snapshot.Object
		rules  []int
		ok     bool
	}{
		"as it is":   {role("ClusterRole", "system:auth-delegator", &rbacv1.ClusterRole{Rules: []rbacv1.PolicyRule{reviews, stock}}), nil, true},
		"less":       {role("ClusterRole", "system:auth-delegator", &rbacv1.ClusterRole{Rules: []rbacv1.PolicyRule{stock}}), nil, true},
		"more":       {role("ClusterRole", "system:auth-delegator", &rbacv1.ClusterRole{Rules: []rbacv1.PolicyRule{stock, rule("create", "get")}}), []int{1}, true},
		"of our own": {role("ClusterRole", "auth-delegator", &rbacv1.ClusterRole{Rules: []rbacv1.PolicyRule{stock}}), nil, false},
		"aggregated": {role("ClusterRole", "view", &rbacv1.ClusterRole{
			AggregationRule: &rbacv1.AggregationRule{}, Rules: []rbacv1.PolicyRule{rule("*")},
		}), nil, true},
	} {
		d, ok := Changed(test.object)
		if ok != test.ok || !slices.Equal(d.Rules, test.rules) {
			t.Errorf("%s: %+v, %t", name, d, ok)
		}
	}
	binding := &rbacv1.ClusterRoleBinding{
		RoleRef:  rbacv1.RoleRef{Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects: []rbacv1.Subject{{Kind: "Group", Name: "system:masters"}, {Kind: "User", Name: "jane"}},
	}
	d, ok := Changed(role("ClusterRoleBinding", "cluster-admin", binding))
	if !ok || !slices.Equal(d.Subjects, []int{1}) || d.Role {
		t.Errorf("%+v, %t", d, ok)
	}
	binding.RoleRef.Name = "view"
	if d, _ := Changed(role("ClusterRoleBinding", "system:basic-user", binding)); !d.Role {
		t.Errorf("%+v", d)
	}
}
