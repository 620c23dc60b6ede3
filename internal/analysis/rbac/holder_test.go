package rbac

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const holderRoles = `
kind: Role
metadata: {name: r, namespace: shop}
rules:
%s
---
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {"kind": Role, name: r}
subjects: [{"kind": User, name: jane}, {"kind": User, name: "system:serviceaccount:shop:web"}]
`

func TestHoldersOfOne(t *testing.T) {
	pods := func(verbs string) Permission { return Permission{Verbs: verbs, Resource: "pods"} }
	for _, test := range []struct {
		rule string
		p    Permission
		want string // "*", the names, or "" for nobody
	}{
		{`{apiGroups: [""], resources: [pods], verbs: [create]}`, pods("create"), "*"},
		{`{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}`, pods("create"), "*"},
		{`{apiGroups: [""], resources: [pods], verbs: [patch], resourceNames: [a, b]}`, pods("update|patch"), "a b"},
		{`{apiGroups: [""], resources: [pods], verbs: ["*"], resourceNames: [a]}`, pods("create"), "a"},
		{`{apiGroups: [""], resources: [pods], verbs: [create, patch], resourceNames: [a]}`, pods("create"), "a"},
		{`{apiGroups: [""], resources: [pods], verbs: [create, update], resourceNames: [a]}`, pods("create"), ""},
		{`{apiGroups: [""], resources: [configmaps], verbs: [create, patch], resourceNames: [a]}`, pods("create"), ""},
		{`{apiGroups: [""], resources: [pods], verbs: ["*"], resourceNames: [""]}`, pods("create"), "*"},
		{`{apiGroups: [""], resources: [pods], verbs: [deletecollection], resourceNames: [a]}`, pods("delete|deletecollection"), ""},
		{`{apiGroups: [""], resources: [pods], verbs: ["*"], resourceNames: [a]}`, pods("delete|deletecollection"), "a"},
		{`{apiGroups: [""], resources: [pods/exec], verbs: [create], resourceNames: [a]}`, Permission{Verbs: "create", Resource: "pods", Subresource: "exec"}, "a"},
		{`{apiGroups: [""], resources: ["pods/*"], verbs: [create]}`, Permission{Verbs: "create", Resource: "pods", Subresource: "exec"}, ""},
		{`{apiGroups: [""], resources: [nodes], verbs: [get]}`, Permission{Verbs: "get", Resource: "nodes", ClusterWide: true}, ""},
		{`{nonResourceURLs: [/logs], verbs: [get]}`, Permission{Verbs: "get", Path: "/logs"}, ""},
		{`{apiGroups: [apps], resources: [pods], verbs: [create]}`, pods("create"), ""},
	} {
		holders, _ := Holders(policy(t, fmt.Sprintf(holderRoles, "- "+test.rule)), test.p)
		got := ""
		for i := range holders {
			h := &holders[i]
			if h.Subject.Kind == "User" && h.Subject.Name == "jane" && h.Namespace == "shop" {
				got = "*"
				if h.Limited(0) {
					got = strings.Join(h.Names(0), " ")
				}
			}
		}
		if got != test.want {
			t.Errorf("%s: %s: %q, want %q", test.rule, test.p, got, test.want)
		}
	}
}

// A service account that a binding names as a user is the service account.
func TestHoldersAreCanonical(t *testing.T) {
	holders, _ := Holders(policy(t, fmt.Sprintf(holderRoles, `- {apiGroups: [""], resources: [pods], verbs: [create]}`)), Permission{Verbs: "create", Resource: "pods"})
	want := Subject{Kind: "ServiceAccount", Namespace: "shop", Name: "web"}
	if !slices.ContainsFunc(holders, func(h Holding) bool { return h.Subject == want }) {
		t.Errorf("%+v", holders)
	}
}

// Of several permissions, one subject must have all in one place, and one of them
// itself.
func TestHoldersOfSeveral(t *testing.T) {
	const text = `
kind: ClusterRole
metadata: {name: %[1]s}
rules: [{apiGroups: [""], resources: [%[1]s], verbs: [create]}]
---
`
	bind := func(kind, namespace, role, subject string) string {
		return fmt.Sprintf("kind: %s\nmetadata: {name: %s-%s, namespace: %q}\nroleRef: {\"kind\": ClusterRole, name: %s}\nsubjects: [%s]\n---\n", kind, role, "b", namespace, role, subject)
	}
	web, all := `{"kind": ServiceAccount, namespace: shop, name: web}`, `{"kind": Group, name: "system:serviceaccounts"}`
	for name, test := range map[string]struct {
		bindings string
		want     string // SUBJECT NAMESPACE of each
	}{
		"in one namespace":        {bind("RoleBinding", "a", "pods", web) + bind("RoleBinding", "a", "secrets", web), "ServiceAccount shop/web a"},
		"in two namespaces":       {bind("RoleBinding", "a", "pods", web) + bind("RoleBinding", "b", "secrets", web), ""},
		"one everywhere":          {bind("ClusterRoleBinding", "", "pods", web) + bind("RoleBinding", "b", "secrets", web), "ServiceAccount shop/web b"},
		"both everywhere":         {bind("ClusterRoleBinding", "", "pods", web) + bind("ClusterRoleBinding", "", "secrets", web), "ServiceAccount shop/web "},
		"completed by a group":    {bind("RoleBinding", "a", "pods", web) + bind("ClusterRoleBinding", "", "secrets", all), "ServiceAccount shop/web a"},
		"a group has both itself": {bind("RoleBinding", "a", "pods", all) + bind("RoleBinding", "a", "secrets", all), "Group system:serviceaccounts a"},
		"one only":                {bind("ClusterRoleBinding", "", "pods", web), ""},
	} {
		v := policy(t, fmt.Sprintf(text, "pods")+fmt.Sprintf(text, "secrets")+test.bindings)
		holders, _ := Holders(v, Permission{Verbs: "create", Resource: "pods"}, Permission{Verbs: "create", Resource: "secrets"})
		var got []string
		for i := range holders {
			if holders[i].Subject.Name != "system:masters" {
				got = append(got, holders[i].Subject.String()+" "+holders[i].Namespace)
			}
		}
		got = slices.DeleteFunc(got, func(s string) bool { return strings.Contains(s, "kube-system") || strings.Contains(s, "User system:") })
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
