package rbac

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// bind on ClusterRoles inside a Role counts in the Role's namespace: who has it may
// make RoleBindings there.
func TestBindInANamespace(t *testing.T) {
	v := policy(t, `
kind: Role
metadata: {name: binder, namespace: shop}
rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [admin, "system:x"], verbs: [bind]}]
---
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {"kind": Role, name: binder}
subjects: [{"kind": User, name: jane}]
`)
	for text, want := range map[string]Verdict{
		"bind clusterroles.rbac.authorization.k8s.io admin -n shop":         Allows,
		"bind clusterroles.rbac.authorization.k8s.io system:x -n shop":      Allows,
		"bind clusterroles.rbac.authorization.k8s.io edit -n shop":          Denies,
		"bind clusterroles.rbac.authorization.k8s.io -n shop":               Denies,
		"bind clusterroles.rbac.authorization.k8s.io admin -n other":        Denies,
		"bind clusterroles.rbac.authorization.k8s.io admin":                 Denies, // a ClusterRoleBinding
		"bind roles.rbac.authorization.k8s.io admin -n shop":                Denies,
		"escalate clusterroles.rbac.authorization.k8s.io admin -n shop":     Denies,
		"get clusterroles.rbac.authorization.k8s.io admin -n shop":          Denies,
		"bind clusterroles.rbac.authorization.k8s.io admin.example -n shop": Denies,
	} {
		if d := Allowed(v, jane(), request(text)); d.Verdict != want {
			t.Errorf("%s: %s, want %s", text, d.Verdict, want)
		}
	}
}

// names that RBAC objects can have: anything that can be a segment of a path
// (path.ValidatePathSegmentName of k8s.io/apimachinery).
func names() []string {
	return []string{
		"system:x", "a b", " ", "Ünï-cödé", "日本語", "a@b.example", "a=b&c?d#e", `"quoted"`, `back\slash`, "...", "*", "a*", "~!$^()[]{}<>|;,'`+",
		"tab\tand\nline", strings.Repeat("long", 500), "system:serviceaccount:a:b", "true", "0x1F",
	}
}

// Roles, bindings and users have names of every legal character; none of them means
// anything but itself.
func TestNamesOfEveryCharacter(t *testing.T) {
	for _, name := range names() {
		changes := everything()
		put := func(kind, namespace string, body any) {
			id := model.ID{Group: rbacv1.GroupName, Kind: kind, Namespace: namespace, Name: name}
			changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: body}})
		}
		rules := []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: []string{name}, Verbs: []string{"get"}}}
		subjects := []rbacv1.Subject{{Kind: "User", Name: name}}
		put("Role", "shop", &rbacv1.Role{Rules: rules})
		put("RoleBinding", "shop", &rbacv1.RoleBinding{RoleRef: rbacv1.RoleRef{Kind: "Role", Name: name}, Subjects: subjects})
		put("ClusterRole", "", &rbacv1.ClusterRole{Rules: rules})
		put("ClusterRoleBinding", "", &rbacv1.ClusterRoleBinding{RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: name}, Subjects: subjects})
		v := snapshot.New(snapshot.Settings{}, changes...).View()
		r := Request{Verb: "get", Resource: "secrets", Name: name, Namespace: "shop"}
		d := Authorize(v, Identity{User: name}, r)
		if d.Verdict != Allows || len(d.Grants) != 2 || d.Grants[0].Role.Name != name || !strings.Contains(d.Evidence()[1].Value, name) {
			t.Errorf("%q: %s with %d grants", name, d.Verdict, len(d.Grants))
		}
		for _, other := range names() {
			if other == name {
				continue
			}
			r.Name = other
			if d := Authorize(v, Identity{User: name}, r); d.Verdict != Denies {
				t.Errorf("the rule for %q allows %q", name, other)
			}
			r.Name = name
			if d := Authorize(v, Identity{User: other}, r); d.Verdict != Denies {
				t.Errorf("the right of %q is one of %q", name, other)
			}
		}
		if ok, missing := Covers(rules, rules); !ok {
			t.Errorf("%q: rules do not cover themselves: %v", name, missing)
		}
	}
}

// Verbs that nobody knows are words like others, and rules that allow nothing do no
// harm.
func TestOddRules(t *testing.T) {
	for _, test := range []struct{ rule, allowed string }{
		{`{apiGroups: [""], resources: [pods], verbs: [frobnicate]}`, "frobnicate pods"},
		{`{apiGroups: [""], resources: [pods], verbs: [GET, "get "]}`, ""},
		{`{apiGroups: [""], resources: [pods], verbs: [""]}`, ""},
		{`{apiGroups: [""], resources: [pods], verbs: []}`, ""},
		{`{apiGroups: [], resources: [pods], verbs: [get]}`, ""},
		{`{resources: [pods], verbs: [get]}`, ""}, // no group is not the core group
		{`{apiGroups: [""], resources: [], verbs: [get]}`, ""},
		{`{apiGroups: [""], resources: [""], verbs: [get]}`, ""},
		{`{apiGroups: [""], resources: [pods], resourceNames: [], verbs: [get]}`, "get pods"},
		{`{apiGroups: [""], resources: [pods], resourceNames: [""], verbs: [get]}`, "get pods"}, // a request without a name has the name ""
		{`{nonResourceURLs: [], verbs: [get]}`, ""},
		{`{nonResourceURLs: [""], verbs: [get]}`, ""},
		{`{apiGroups: [v1], resources: [pods], verbs: [get]}`, ""},
		{`{apiGroups: [""], resources: [Pods, pod, po], verbs: [get]}`, ""},
	} {
		v := one(t, test.rule)
		for _, text := range []string{"get pods", "frobnicate pods", "get /metrics"} {
			if d := Allowed(v, jane(), request(text)); (d.Verdict == Allows) != (text == test.allowed) {
				t.Errorf("%s: %s: %s", test.rule, text, d.Verdict)
			}
		}
	}
	v := policy(t, `
kind: ClusterRole
metadata: {name: r}
---
kind: ClusterRoleBinding
metadata: {name: none}
roleRef: {"kind": ClusterRole, name: r}
---
kind: ClusterRoleBinding
metadata: {name: missing}
roleRef: {"kind": ClusterRole, name: gone}
subjects: [{"kind": User, name: jane}]
`)
	if d := Allowed(v, jane(), request("get pods")); d.Verdict != Denies {
		t.Errorf("%+v", d)
	}
	if grants, complete := WhoCan(v, request("frobnicate pods")); len(grants) != 1 || !complete {
		t.Errorf("%+v", grants)
	}
	if got := DanglingSubjects(v); len(got) > 0 {
		t.Errorf("%s", describe(got))
	}
}

// A forbidden list makes answers Unknown and never "nobody can", wherever it is.
func TestForbiddenLists(t *testing.T) {
	for _, scope := range []model.Scope{
		{Kind: "Role"}, {Kind: "RoleBinding"}, {Kind: "ClusterRole"}, {Kind: "ClusterRoleBinding"},
		{Kind: "Role", Namespace: "shop"}, {Kind: "RoleBinding", Namespace: "shop"},
	} {
		scope.Group = rbacv1.GroupName
		gap := snapshot.Change{Gap: &model.Gap{Scope: scope, Reason: "roles is forbidden"}}
		v := snapshot.New(snapshot.Settings{}, append(append(decode(t, small), everything()...), gap)...).View()
		who := []Subject{
			jane(), {Kind: "ServiceAccount", Namespace: "shop", Name: "web"}, {Kind: "Group", Name: "system:unauthenticated"}, {Kind: "Group", Name: "developers"},
		}
		for _, s := range who {
			for _, text := range []string{"get pods -n shop", "bind clusterroles.rbac.authorization.k8s.io admin -n shop", "create pods/exec web -n shop"} {
				d := Allowed(v, s, request(text))
				if d.Verdict != Unknown || !slices.Contains(kindsOf(d.Unsure), scope.Kind) {
					t.Errorf("%v: %s %s: %s, unsure of %v", scope, s, text, d.Verdict, d.Unsure)
				}
			}
		}
		if _, complete := WhoCan(v, request("delete pods -n shop")); complete {
			t.Errorf("%v: who can is complete", scope)
		}
		if len(v.Missing()) == 0 {
			t.Errorf("%v: the view misses nothing", scope)
		}
	}
}

func kindsOf(scopes []model.Scope) (kinds []string) {
	for _, s := range scopes {
		kinds = append(kinds, s.Kind)
	}
	return kinds
}

// FuzzRequest asks with what nobody has thought of: nothing panics, who may do
// everything may, who has no rule may not, and a rule of exactly the words allows.
func FuzzRequest(f *testing.F) {
	f.Add("get", "apps", "deployments", "scale", "web", "shop", "", "spec.nodeName=n1")
	f.Add("get", "", "", "", "", "", "/healthz", "")
	f.Add("*", "*", "*", "*", "*", "default", "", "a=b,,=")
	f.Add("list", "", "pods", "", "web", "kube-node-lease", "", "\\")
	v := policy(f, `
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {"kind": ClusterRole, name: all}
subjects: [{"kind": User, name: joe}]
---
kind: ClusterRole
metadata: {name: all}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}, {nonResourceURLs: ["*"], verbs: ["*"]}]
`)
	f.Fuzz(func(t *testing.T, verb, group, resource, subresource, name, namespace, path, selector string) {
		r := Request{Verb: verb, Group: group, Resource: resource, Subresource: subresource, Name: name, Namespace: namespace, Path: path, FieldSelector: selector}
		if d := Allowed(v, joe(), r); d.Verdict != Allows {
			t.Errorf("joe: %s", d.Verdict)
		}
		if d := Allowed(v, jane(), r); d.Verdict != Denies {
			t.Errorf("jane: %s", d.Verdict)
		}
		Allowed(v, nodeUser(name), r)
		if grants, _ := WhoCan(v, r); len(grants) < 2 {
			t.Errorf("%d grants", len(grants))
		}
		combined := resource
		if subresource != "" {
			combined = fmt.Sprintf("%s/%s", resource, subresource)
		}
		rule := rbacv1.PolicyRule{Verbs: []string{verb}, APIGroups: []string{group}, Resources: []string{combined}, NonResourceURLs: []string{path}, ResourceNames: []string{name}}
		if !allows(&rule, &r) {
			t.Errorf("a rule of the words of %+v does not allow it", r)
		}
	})
}
