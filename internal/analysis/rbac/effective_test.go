package rbac

import (
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"pgregory.net/rapid"
)

// allowsRequest reports whether a right says that a request is allowed.
func (r *Right) allowsRequest(q *Request) bool {
	if r.Namespace != "" && (q.Path != "" || r.Namespace != q.Namespace) {
		return false
	}
	rule := rbacv1.PolicyRule{APIGroups: []string{r.Group}, Resources: []string{r.Resource}, ResourceNames: r.Names}
	if r.Path != "" {
		rule = rbacv1.PolicyRule{NonResourceURLs: []string{r.Path}}
	}
	for _, verb := range r.Verbs {
		rule.Verbs = append(rule.Verbs, verb.Verb)
	}
	return allows(&rule, q)
}

// Rights, taken together, are what the authorizer allows, and who can anywhere is who
// can in some namespace.
func TestEffectiveIsTheAuthorizers(t *testing.T) {
	subjects := []Subject{{Kind: "User", Name: "jane"}, {Kind: "ServiceAccount", Namespace: "x", Name: "web"}, {Kind: "Group", Name: "devs"}}
	rapid.Check(t, func(t *rapid.T) {
		v := randomPolicy(t, "")
		who := rapid.SampledFrom(subjects).Draw(t, "subject").Identities().With(rapid.SampledFrom([]string{"devs", "nobodies"}).Draw(t, "group"))
		rights, complete := Effective(v, who, "")
		if !complete {
			t.Fatal("not complete")
		}
		for range 100 {
			r := randomRequest(t)
			want := Authorize(v, who, r).Verdict
			if got := slices.ContainsFunc(rights, func(right Right) bool { return right.allowsRequest(&r) }); got != (want == Allows) {
				t.Fatalf("%+v: %v by the rights %+v", r, want, rights)
			}
			there, _ := Effective(v, who, r.Namespace)
			if got := r.Path == "" && slices.ContainsFunc(there, func(right Right) bool { return right.allowsRequest(&r) }); r.Path == "" && got != (want == Allows) {
				t.Fatalf("%+v: %v by the rights of its namespace %+v", r, want, there)
			}
			if r.Path != "" {
				continue
			}
			everywhere, _ := WhoCanAnywhere(v, r)
			single, _ := WhoCan(v, r)
			for i := range single {
				if !slices.ContainsFunc(everywhere, func(g Grant) bool { return keyOfGrant(&g) == keyOfGrant(&single[i]) }) {
					t.Fatalf("%+v: %+v is missing everywhere", r, single[i])
				}
			}
		}
	})
}

func TestEffectiveRights(t *testing.T) {
	v := policy(t, `
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [""], resources: [pods, pods], verbs: [list, get, get]}
- {apiGroups: [""], resources: [secrets], resourceNames: [b, a, b], verbs: [get]}
- {apiGroups: [""], resources: [nodes, nodes/proxy, namespaces], verbs: [get]}
- {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [get, bind]}
- {nonResourceURLs: [/metrics], verbs: [get]}
---
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, "kind": Role, name: r}
subjects: [{"kind": User, name: jane}, {"kind": User, name: jane}]
`)
	rights, complete := Effective(v, jane().Identities(), "")
	var got []string
	for _, r := range rights {
		text := r.Namespace + " " + Resource{Group: r.Group, Name: r.Resource}.String() + r.Path
		for _, name := range r.Names {
			text += " " + name
		}
		for _, verb := range r.Verbs {
			text += " " + verb.Verb
			if len(verb.Grants) != 2 {
				t.Errorf("%s: %d grants, the subject stands twice", text, len(verb.Grants))
			}
		}
		got = append(got, text)
	}
	// A RoleBinding gives neither nodes nor URLs, and the right to bind, not to read.
	want := []string{"shop namespaces get", "shop pods get list", "shop secrets a b get", "shop clusterroles.rbac.authorization.k8s.io bind"}
	if !slices.Equal(got, want) || !complete {
		t.Errorf("%q, %t, want %q", got, complete, want)
	}
	masters, _ := Effective(v, joe().Identities().With("system:masters"), "")
	if len(masters) != 2 || masters[0].Resource != "*" || masters[1].Path != "*" || !masters[0].Verbs[0].Grants[0].Bypass() {
		t.Errorf("system:masters: %+v", masters)
	}
}

func TestNamed(t *testing.T) {
	v := one(t, `{apiGroups: [""], resources: [pods], verbs: [get]}`)
	for name, c := range map[string]struct {
		who  Identity
		want bool
	}{
		"jane": {jane().Identities(), true}, "joe, in a namespace": {joe().Identities(), true},
		"nobody": {Subject{Kind: "User", Name: "nobody"}.Identities(), false},
	} {
		if got := c.who.Named(v); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
