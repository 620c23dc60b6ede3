package rbac

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// subjectsPolicy binds subjects in the namespace shop and in the cluster, beside the
// service account shop/web, some namespaces, and an account that names none.
const subjectsPolicy = `
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {"kind": ClusterRole, name: view}
subjects: [%s]
---
kind: ClusterRoleBinding
metadata: {name: c}
roleRef: {"kind": ClusterRole, name: view}
subjects: [%[1]s]
`

func subjectsView(t *testing.T, subject string, live bool, hidden ...string) *snapshot.View {
	t.Helper()
	changes := append(decode(t, fmt.Sprintf(subjectsPolicy, subject)), everything()...)
	for _, id := range []model.ID{
		{Kind: "Namespace", Name: "shop"}, {Kind: "ServiceAccount", Namespace: "shop", Name: "web"}, {Kind: "ServiceAccount", Name: "unnamed"},
	} {
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: snapshot.JSON(`{}`)}})
	}
	for _, kind := range []string{"Namespace", "ServiceAccount"} {
		if !slices.Contains(hidden, kind) {
			changes = append(changes, snapshot.Change{Listed: &model.Scope{Kind: kind}})
		}
	}
	return snapshot.New(snapshot.Settings{Live: live}, changes...).View()
}

// describe renders "b: ServiceAccount shop/gone".
func describe(dangling []DanglingSubject) string {
	var all []string
	for i := range dangling {
		d := &dangling[i]
		text := d.Binding.Name + ": nobody"
		if !d.Nobody() {
			text = d.Binding.Name + ": " + d.Missing.String()
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func TestDanglingSubjects(t *testing.T) {
	for _, test := range []struct{ subject, want string }{
		{`{"kind": ServiceAccount, name: web, namespace: shop}`, ""},
		{`{"kind": ServiceAccount, name: gone, namespace: shop}`, "c: shop/gone[ServiceAccount], b: shop/gone[ServiceAccount]"},
		{`{"kind": ServiceAccount, name: web, namespace: gone}`, "c: gone/web[ServiceAccount], b: gone/web[ServiceAccount]"},
		{`{"kind": ServiceAccount, name: web}`, "c: nobody"}, // of the binding's namespace
		{`{"kind": ServiceAccount, name: gone}`, "c: nobody, b: shop/gone[ServiceAccount]"},
		{`{"kind": ServiceAccount, name: default, namespace: shop}`, ""}, // a controller makes it
		{`{"kind": ServiceAccount, name: default, namespace: gone}`, "c: gone[Namespace], b: gone[Namespace]"},
		{`{"kind": ServiceAccount, name: unnamed, namespace: default}`, ""},
		{`{"kind": User, name: "system:serviceaccount:shop:web"}`, ""},
		{`{"kind": User, name: "system:serviceaccount:shop:gone"}`, "c: shop/gone[ServiceAccount], b: shop/gone[ServiceAccount]"},
		{`{"kind": User, name: jane}`, ""},
		{`{"kind": User, name: "system:node:gone"}`, ""}, // may join any time
		{`{"kind": Group, name: "system:serviceaccounts"}`, ""},
		{`{"kind": Group, name: "system:serviceaccounts:shop"}`, ""},
		{`{"kind": Group, name: "system:serviceaccounts:gone"}`, "c: gone[Namespace], b: gone[Namespace]"},
		{`{"kind": Group, name: "system:serviceaccounts:kube-system"}`, ""}, // every cluster has it
		{`{"kind": Group, name: developers}`, ""},
		{`{"kind": user, name: jane}`, "c: nobody, b: nobody"},
		{`{"kind": serviceaccount, name: web, namespace: shop}`, "c: nobody, b: nobody"},
		{`{"kind": Robot, name: jane}`, "c: nobody, b: nobody"},
		{`{"kind": User, name: ""}`, "c: nobody, b: nobody"},
		{`{"kind": User, name: jane}, {"kind": Robot, name: jane}`, "c: nobody, b: nobody"},
	} {
		v := subjectsView(t, test.subject, false)
		if got := describe(DanglingSubjects(v)); got != test.want || len(v.Missing()) > 0 {
			t.Errorf("%s: %q, want %q; missing %v", test.subject, got, test.want, v.Missing())
		}
	}
}

// What may be in a list that is not complete is not called missing.
func TestDanglingSubjectsOfIncompleteLists(t *testing.T) {
	for subject, kind := range map[string]string{
		`{"kind": ServiceAccount, name: gone, namespace: shop}`:      "ServiceAccount",
		`{"kind": User, name: "system:serviceaccount:shop:gone"}`:    "ServiceAccount",
		`{"kind": Group, name: "system:serviceaccounts:gone"}`:       "Namespace",
		`{"kind": ServiceAccount, name: default, namespace: "gone"}`: "Namespace",
	} {
		v := subjectsView(t, subject, true, kind)
		if got := DanglingSubjects(v); len(got) > 0 || len(v.Missing()) != 1 || v.Missing()[0].Kind != kind {
			t.Errorf("%s without %s: %q, missing %v", subject, kind, describe(got), v.Missing())
		}
	}
	v := subjectsView(t, `{"kind": Robot, name: x}`, true, "ServiceAccount", "Namespace")
	if got := describe(DanglingSubjects(v)); got != "c: nobody, b: nobody" || len(v.Missing()) > 0 {
		t.Errorf("%q, missing %v", got, v.Missing())
	}
}

func TestEvidenceOfDanglingSubjects(t *testing.T) {
	v := subjectsView(t, `{"kind": User, name: jane}, {"kind": ServiceAccount, name: gone, namespace: shop}`, false)
	d := DanglingSubjects(v)[1]
	e := d.Evidence()[0]
	if d.Index != 1 || e.Path != "subjects[1]" || e.Value != "ServiceAccount shop/gone" || e.Line != 6 {
		t.Errorf("%d %+v", d.Index, e)
	}
	dangle := Dangling(v)[0] // there is no ClusterRole view
	if e := dangle.Evidence()[0]; e.Path != "roleRef" || e.Value != "ClusterRole view" || e.Line != 11 {
		t.Errorf("%+v", e)
	}
}

// The bootstrap policy binds service accounts that not every cluster has. What
// somebody adds to such a binding is judged.
func TestBootstrapSubjectsAreNotDangling(t *testing.T) {
	changes := everything()
	for _, kind := range []string{"Namespace", "ServiceAccount"} {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Kind: kind}})
	}
	for _, object := range implied.BootstrapRBAC() {
		object.Implied = false // as in a running cluster
		changes = append(changes, snapshot.Change{Put: object})
	}
	s := snapshot.New(snapshot.Settings{Live: true}, changes...)
	if got := describe(DanglingSubjects(s.View())); got != "" {
		t.Errorf("%q", got)
	}
	added := decode(t, `
kind: ClusterRoleBinding
metadata: {name: "system:controller:cronjob-controller"}
roleRef: {"kind": ClusterRole, name: "system:controller:cronjob-controller"}
subjects: [{"kind": ServiceAccount, name: cronjob-controller, namespace: kube-system}, {"kind": ServiceAccount, name: other, namespace: kube-system}]
`)
	if got := describe(DanglingSubjects(s.With(added...).View())); got != "system:controller:cronjob-controller: kube-system/other[ServiceAccount]" {
		t.Errorf("%q", got)
	}
}
