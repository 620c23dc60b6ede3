package rbac_test

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"
	upstream "k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/snapshot"
)

// FuzzRule compares one rule and one request of any words with the authorizer, and
// whether the rule covers the words of the request with the official Covers.
func FuzzRule(f *testing.F) {
	f.Add("get", "", "pods/*", "a", "/healthz/*", "get", "", "pods", "exec", "a", "")
	f.Add("*", "*", "*/exec", "", "/a**", "create", "apps", "pods", "exec", "b", "/a/b")
	f.Add("", "", "*/", "", "*", "", "", "", "/", "", "/")
	f.Fuzz(func(t *testing.T, verb, group, resource, name, url, rVerb, rGroup, rResource, rSubresource, rName, path string) {
		rule := rbacv1.PolicyRule{Verbs: []string{verb}, APIGroups: []string{group}, Resources: []string{resource}, NonResourceURLs: []string{url}}
		if name != "" {
			rule.ResourceNames = []string{name}
		}
		r := rbac.Request{Verb: rVerb, Group: rGroup, Resource: rResource, Subresource: rSubresource, Name: rName, Path: path}
		who := rbac.Identity{User: "jane"}
		want := rbac.Denies
		if upstream.RulesAllow(attributes(who, r), rule) {
			want = rbac.Allows
		}
		if got := rbac.Authorize(bound(rule), who, r).Verdict; got != want {
			t.Errorf("%+v: %+v: ours %s, theirs %s", rule, r, got, want)
		}
		owner := []rbacv1.PolicyRule{rule}
		sub := []rbacv1.PolicyRule{{Verbs: []string{rVerb}, APIGroups: []string{rGroup}, Resources: []string{rResource + rSubresource}, NonResourceURLs: []string{path}}}
		official, _ := validation.Covers(owner, sub)
		if ours, _ := rbac.Covers(owner, sub); ours != official {
			t.Errorf("%v covers %v: ours %t, the official %t", owner, sub, ours, official)
		}
	})
}

// bound gives jane a ClusterRole of one rule.
func bound(rule rbacv1.PolicyRule) *snapshot.View {
	p := generated{
		clusterRoles: []*rbacv1.ClusterRole{{Rules: []rbacv1.PolicyRule{rule}}},
		clusterRoleBindings: []*rbacv1.ClusterRoleBinding{{
			RoleRef: rbacv1.RoleRef{Kind: "ClusterRole"}, Subjects: []rbacv1.Subject{{Kind: "User", Name: "jane"}},
		}},
	}
	return snapshot.New(snapshot.Settings{}, p.changes()...).View()
}
