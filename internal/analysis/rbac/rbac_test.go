package rbac

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// decode reads a policy, written without the apiVersion.
func decode(t testing.TB, text string) []snapshot.Change {
	t.Helper()
	var changes []snapshot.Change
	text = strings.ReplaceAll(text, "kind:", "apiVersion: rbac.authorization.k8s.io/v1\nkind:")
	document.NewDecoder("").Decode(document.Text{File: "policy.yaml", Data: []byte(text), Editable: true}, func(c snapshot.Change) {
		if c.Gap != nil {
			t.Fatalf("%+v", c.Gap)
		}
		changes = append(changes, c)
	})
	return changes
}

func listed(names ...string) []snapshot.Change {
	var changes []snapshot.Change
	for _, name := range names {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: rbacv1.GroupName, Kind: name}})
	}
	return changes
}

func everything() []snapshot.Change {
	return listed("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
}

// policy is completely known.
func policy(t testing.TB, text string) *snapshot.View {
	t.Helper()
	return snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, append(decode(t, text), everything()...)...).View()
}

// one is a policy of one ClusterRole with one rule, bound to jane in the cluster and
// to joe in the namespace shop.
func one(t testing.TB, rule string) *snapshot.View {
	return policy(t, fmt.Sprintf(`
kind: ClusterRole
metadata: {name: r}
rules: [%s]
---
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, "kind": ClusterRole, name: r}
subjects: [{"kind": User, name: jane}]
---
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, "kind": ClusterRole, name: r}
subjects: [{"kind": User, name: joe}]
`, rule))
}

// request reads "VERB RESOURCE[.GROUP][/SUBRESOURCE] [NAME] [-n NAMESPACE]" or "VERB /path".
func request(text string) Request {
	text, namespace, _ := strings.Cut(text, " -n ")
	words := append(strings.Fields(text), "")
	r := Request{Verb: words[0], Namespace: namespace, Name: words[2:][0]}
	if strings.HasPrefix(words[1], "/") {
		return Request{Verb: words[0], Path: words[1]}
	}
	resource, subresource, _ := strings.Cut(words[1], "/")
	r.Resource, r.Group, _ = strings.Cut(resource, ".")
	r.Subresource = subresource
	return r
}

func jane() Subject { return Subject{Kind: rbacv1.UserKind, Name: "jane"} }
func joe() Subject  { return Subject{Kind: rbacv1.UserKind, Name: "joe"} }

func TestRules(t *testing.T) {
	const pods = `{apiGroups: [""], resources: [pods], verbs: [get]}`
	for _, test := range []struct {
		rule, request string
		jane, joe     Verdict
	}{
		{pods, "get pods web -n shop", Allows, Allows},
		{pods, "get pods web -n other", Allows, Denies},
		{pods, "get pods", Allows, Denies}, // all namespaces
		{pods, "list pods -n shop", Denies, Denies},
		{pods, "get pods/log web -n shop", Denies, Denies},
		{pods, "get pods.metrics.k8s.io web -n shop", Denies, Denies},
		{pods, "get /pods", Denies, Denies},
		{`{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}`, "x y.z/s n -n shop", Allows, Allows},
		{`{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}`, "get /metrics", Denies, Denies},
		{`{apiGroups: [""], resources: ["*"], verbs: [get]}`, "get nodes/proxy n", Allows, Denies},
		{`{apiGroups: [""], resources: [pods], verbs: ["get*"]}`, "get pods web -n shop", Denies, Denies},
		{`{apiGroups: [""], resources: ["*/exec"], verbs: [create]}`, "create pods/exec web -n shop", Allows, Allows},
		{`{apiGroups: [""], resources: ["*/exec"], verbs: [create]}`, "create pods/attach web -n shop", Denies, Denies},
		{`{apiGroups: [""], resources: ["*/exec"], verbs: [create]}`, "create exec web -n shop", Denies, Denies},
		{`{apiGroups: [""], resources: ["pods/*"], verbs: [create]}`, "create pods/exec web -n shop", Denies, Denies},
		{`{apiGroups: [""], resources: ["po*"], verbs: [create]}`, "create pods web -n shop", Denies, Denies},
		{`{apiGroups: [""], resources: [pods/exec], verbs: [create]}`, "create pods/exec web -n shop", Allows, Allows},
		{`{apiGroups: [""], resources: [pods/exec], verbs: [create]}`, "create pods web -n shop", Denies, Denies},
		{`{apiGroups: [""], resources: [secrets], resourceNames: [a, b], verbs: [get, list]}`, "get secrets b -n shop", Allows, Allows},
		{`{apiGroups: [""], resources: [secrets], resourceNames: [a, b], verbs: [get, list]}`, "get secrets c -n shop", Denies, Denies},
		{`{apiGroups: [""], resources: [secrets], resourceNames: [a, b], verbs: [get, list]}`, "list secrets -n shop", Denies, Denies},
		{`{apiGroups: [""], resources: [secrets], resourceNames: ["*"], verbs: [get]}`, "get secrets c -n shop", Denies, Denies},
		{`{nonResourceURLs: [/healthz], verbs: [get]}`, "get /healthz", Allows, Denies},
		{`{nonResourceURLs: [/healthz], verbs: [get]}`, "get /healthz/etcd", Denies, Denies},
		{`{nonResourceURLs: [/healthz/*], verbs: [get]}`, "get /healthz/etcd", Allows, Denies},
		{`{nonResourceURLs: [/healthz/*], verbs: [get]}`, "get /healthz", Denies, Denies},
		{`{nonResourceURLs: [/health*], verbs: [get]}`, "get /healthz", Allows, Denies},
		{`{nonResourceURLs: [/a*b], verbs: [get]}`, "get /axb", Denies, Denies},
		{`{nonResourceURLs: ["*"], verbs: [get]}`, "get /x", Allows, Denies},
		{`{}`, "get pods", Denies, Denies},
	} {
		v := one(t, test.rule)
		for subject, want := range map[Subject]Verdict{jane(): test.jane, joe(): test.joe} {
			if got := Allowed(v, subject, request(test.request)); got.Verdict != want || (want == Allows) != (len(got.Grants) == 1) {
				t.Errorf("%s: %s %s: %s with %d grants, want %s", test.rule, subject.Name, test.request, got.Verdict, len(got.Grants), want)
			}
		}
		if len(v.Missing()) > 0 {
			t.Errorf("missing %v", v.Missing())
		}
	}
}

func TestSubjects(t *testing.T) {
	for _, test := range []struct {
		subject string
		want    []string // of the subjects below
	}{
		{`{"kind": User, name: jane}`, []string{"User jane"}},
		{`{"kind": User, name: "system:serviceaccount:shop:web"}`, []string{"ServiceAccount shop/web", "User system:serviceaccount:shop:web"}},
		{`{"kind": ServiceAccount, name: web, namespace: shop}`, []string{"ServiceAccount shop/web", "User system:serviceaccount:shop:web"}},
		{`{"kind": ServiceAccount, name: web, namespace: other}`, nil},
		{`{"kind": ServiceAccount, name: web}`, nil}, // of no namespace
		{`{"kind": Group, name: "system:serviceaccounts:shop"}`, []string{"Group system:serviceaccounts:shop", "ServiceAccount shop/web", "User system:serviceaccount:shop:web"}},
		{`{"kind": Group, name: "system:serviceaccounts"}`, []string{"Group system:serviceaccounts:shop", "ServiceAccount shop/web", "User system:serviceaccount:shop:web"}},
		{`{"kind": Group, name: "system:authenticated"}`, []string{"Group developers", "Group system:authenticated", "Group system:serviceaccounts:shop", "ServiceAccount shop/web", "User jane", "User system:serviceaccount:shop:web"}},
		{`{"kind": Group, name: "system:unauthenticated"}`, []string{"Group system:unauthenticated", "User system:anonymous"}},
		{`{"kind": User, name: "system:anonymous"}`, []string{"User system:anonymous"}},
		{`{"kind": Group, name: developers}`, []string{"Group developers"}},
		{`{"kind": Group, name: "*"}`, nil}, // no wildcard since v1
		{`{"kind": User, name: "*"}`, nil},
		{`{"kind": Robot, name: jane}`, nil},
	} {
		v := policy(t, fmt.Sprintf(`
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {"kind": ClusterRole, name: r}
subjects: [{"kind": User, name: nobody}, %s]
`, test.subject))
		var got []string
		for _, s := range []Subject{
			{Kind: "Group", Name: "developers"}, {Kind: "Group", Name: "system:authenticated"}, {Kind: "Group", Name: "system:serviceaccounts:shop"},
			{Kind: "Group", Name: "system:unauthenticated"}, {Kind: "ServiceAccount", Namespace: "shop", Name: "web"},
			jane(), {Kind: "User", Name: "system:anonymous"}, {Kind: "User", Name: "system:serviceaccount:shop:web"},
		} {
			d := Allowed(v, s, request("get pods"))
			if d.Verdict == Allows {
				got = append(got, s.String())
				if d.Grants[0].SubjectIndex != 1 {
					t.Errorf("%s: subject %d", s, d.Grants[0].SubjectIndex)
				}
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s gives to %q, want %q", test.subject, got, test.want)
		}
	}
}

// Members of system:masters need no rule, and whoever asks who can is told so.
func TestMastersBypass(t *testing.T) {
	v := policy(t, small)
	masters := Subject{Kind: "Group", Name: "system:masters"}
	for _, text := range []string{"get pods", "create x.y/z -n shop", "get /metrics"} {
		if d := Allowed(v, masters, request(text)); d.Verdict != Allows || !d.Grants[0].Bypass() {
			t.Errorf("%s: %+v", text, d)
		}
		if grants, complete := WhoCan(v, request(text)); !complete || len(grants) != 1 || grants[0].Subject != masters {
			t.Errorf("%s: %+v", text, grants)
		}
	}
	if d := Authorize(v, Identity{User: "x", Groups: []string{"system:masters"}}, request("get pods")); d.Verdict != Allows {
		t.Errorf("%+v", d)
	}
}

// A service account of a RoleBinding may leave out the namespace, and a Role counts
// in its own namespace only.
func TestRoleBindings(t *testing.T) {
	const text = `
kind: Role
metadata: {name: r, namespace: shop}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
kind: RoleBinding
metadata: {name: b, namespace: %s}
roleRef: {"kind": Role, name: r}
subjects: [{"kind": ServiceAccount, name: web}]
`
	web := Subject{Kind: "ServiceAccount", Namespace: "shop", Name: "web"}
	if d := Allowed(policy(t, fmt.Sprintf(text, "shop")), web, request("get pods -n shop")); d.Verdict != Allows {
		t.Errorf("%+v", d)
	}
	v := policy(t, fmt.Sprintf(text, "other"))
	if d := Allowed(v, web, request("get pods -n shop")); d.Verdict != Denies {
		t.Errorf("%+v", d)
	}
	dangling := Dangling(v)
	if len(dangling) != 1 || dangling[0].Role.String() != "other/r[Role]" || dangling[0].Binding.Name != "b" {
		t.Errorf("%+v", dangling)
	}
}

func TestEvidence(t *testing.T) {
	d := Allowed(one(t, `{verbs: [x]}, {apiGroups: [""], resources: [pods], verbs: [get]}, {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}`), joe(), request("get pods -n shop"))
	if len(d.Grants) != 2 || d.Grants[0].RuleIndex != 1 || d.Grants[1].RuleIndex != 2 || d.Grants[0].Namespace() != "shop" {
		t.Fatalf("%+v", d)
	}
	var got []string
	for _, e := range d.Grants[0].Evidence() {
		got = append(got, fmt.Sprintf("%s %s %s:%d", e.Object.ID, e.Path, e.File, e.Line))
	}
	want := []string{"shop/b[RoleBinding] subjects[0] policy.yaml:17", "shop/b[RoleBinding] roleRef policy.yaml:16", "r[ClusterRole] rules[1] policy.yaml:5"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestEveryGrantIsFound(t *testing.T) {
	v := policy(t, `
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
kind: RoleBinding
metadata: {name: a, namespace: shop}
roleRef: {"kind": ClusterRole, name: r}
subjects: [{"kind": Group, name: "system:authenticated"}, {"kind": User, name: jane}]
---
kind: ClusterRoleBinding
metadata: {name: z}
roleRef: {"kind": ClusterRole, name: r}
subjects: [{"kind": User, name: jane}]
`)
	describe := func(grants []Grant) (out []string) {
		for _, g := range grants {
			if !g.Bypass() {
				out = append(out, fmt.Sprintf("%s %s %d", g.Binding.Name, g.Subject, g.SubjectIndex))
			}
		}
		return out
	}
	want := []string{"z User jane 0", "a Group system:authenticated 0", "a User jane 1"}
	if got := describe(Allowed(v, jane(), request("get pods -n shop")).Grants); !slices.Equal(got, want) {
		t.Errorf("Allowed: %q", got)
	}
	who, complete := WhoCan(v, request("get pods -n shop"))
	if got := describe(who); !slices.Equal(got, want) || !complete {
		t.Errorf("WhoCan: %q", got)
	}
	rules, complete := Rules(v, jane())
	if got := describe(rules); !slices.Equal(got, want) || !complete {
		t.Errorf("Rules: %q", got)
	}
}

// Grants are in the order of the bindings, each once, whatever the order of groups
// and however often one is named.
func TestOrderOfGrants(t *testing.T) {
	v := policy(t, `
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
kind: ClusterRoleBinding
metadata: {name: c}
roleRef: {"kind": ClusterRole, name: r}
subjects: [{"kind": User, name: jane}]
---
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {"kind": ClusterRole, name: r}
subjects: [{"kind": Group, name: one}, {"kind": Group, name: two}]
---
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {"kind": ClusterRole, name: r}
subjects: [{"kind": Group, name: two}]
`)
	var got []string
	for _, g := range Authorize(v, Identity{User: "jane", Groups: []string{"two", "one", "two"}}, request("get pods")).Grants {
		got = append(got, g.Binding.Name+" "+g.Subject.Name)
	}
	if want := []string{"a two", "b one", "b two", "c jane"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The bootstrap policy is implied: who is bound to admin of it has what it aggregates.
func TestBootstrapPolicy(t *testing.T) {
	changes := decode(t, `
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {"kind": ClusterRole, name: admin}
subjects: [{"kind": User, name: jane}]
`)
	v := snapshot.New(snapshot.Settings{}, append(changes, implied.OfFiles(changes)...)...).View()
	for text, want := range map[string]Verdict{
		"create pods/exec web -n shop":                          Allows,
		"get secrets -n shop":                                   Allows,
		"create rolebindings.rbac.authorization.k8s.io -n shop": Allows,
		"get secrets -n kube-system":                            Denies,
		"create clusterroles.rbac.authorization.k8s.io -n shop": Denies,
		"get /version": Allows,
		"create selfsubjectaccessreviews.authorization.k8s.io ": Allows,
		"get nodes": Denies,
	} {
		if d := Allowed(v, jane(), request(text)); d.Verdict != want {
			t.Errorf("%s: %s", text, d.Verdict)
		}
	}
	if dangling := Dangling(v); len(dangling) > 0 {
		t.Errorf("%+v", dangling)
	}
	d := Allowed(v, jane(), request("create pods/exec web -n shop"))
	if g := d.Grants[0]; g.Role.Name != "admin" || g.Source.Name != "system:aggregate-to-edit" || !g.Source.Implied {
		t.Errorf("%+v", g)
	}
}
