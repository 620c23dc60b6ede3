package rbac

import (
	"fmt"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

const small = `
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {"kind": ClusterRole, name: r}
subjects: [{"kind": User, name: joe}]
`

// What a list that is not complete could allow is not denied; what is allowed is.
func TestIncompleteListsDenyNothing(t *testing.T) {
	all := []string{"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
	for hidden, kind := range all {
		var others []string
		others = append(append(others, all[:hidden]...), all[hidden+1:]...)
		scope := model.Scope{Group: rbacv1.GroupName, Kind: kind}
		for name, more := range map[string][]snapshot.Change{
			"not listed": listed(others...),
			"forbidden":  append(everything(), snapshot.Change{Gap: &model.Gap{Scope: scope, Reason: "forbidden"}}),
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				v := snapshot.New(snapshot.Settings{}, append(decode(t, small), more...)...).View()
				if d := Allowed(v, joe(), request("get pods -n shop")); d.Verdict != Allows || d.Unsure != nil {
					t.Errorf("allowed all the same: %+v", d)
				}
				if d := Allowed(v, jane(), request("get pods -n shop")); d.Verdict != Unknown || len(d.Unsure) != 1 || d.Unsure[0].Kind != kind {
					t.Errorf("in a namespace: %+v", d)
				}
				want := Unknown
				if hidden >= 2 {
					want = Denies // what lies in namespaces allows nothing in the cluster
				}
				if d := Allowed(v, jane(), request("get nodes")); d.Verdict != want {
					t.Errorf("in the cluster: %+v", d)
				}
				if _, complete := WhoCan(v, request("get pods -n shop")); complete {
					t.Error("WhoCan is complete")
				}
				if _, complete := Rules(v, jane()); complete {
					t.Error("Rules is complete")
				}
				if len(v.Missing()) == 0 {
					t.Error("the view misses nothing")
				}
			})
		}
	}
}

// A gap in one namespace leaves the answers for others as they are.
func TestGapsOfOtherNamespaces(t *testing.T) {
	gap := snapshot.Change{Gap: &model.Gap{Scope: model.Scope{Group: rbacv1.GroupName, Kind: "RoleBinding", Namespace: "closed"}}}
	v := snapshot.New(snapshot.Settings{}, append(append(decode(t, small), everything()...), gap)...).View()
	for namespace, want := range map[string]Verdict{"shop": Denies, "closed": Unknown} {
		if d := Allowed(v, jane(), request("get pods -n "+namespace)); d.Verdict != want {
			t.Errorf("%s: %+v", namespace, d)
		}
	}
	if _, complete := Rules(v, joe()); complete {
		t.Error("the rules of all namespaces are said to be complete")
	}
}

// Objects that could not be understood, in whole or in part, may allow anything.
func TestObjectsNotUnderstood(t *testing.T) {
	for _, kind := range []string{"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"} {
		id := model.ID{Group: rbacv1.GroupName, Kind: kind, Name: "odd"}
		if kind == "Role" || kind == "RoleBinding" {
			id.Namespace = "shop"
		}
		for _, body := range []any{snapshot.Undecodable{Reason: "odd"}, snapshot.JSON(`{"rules":5}`), snapshot.JSON(`{}`)} {
			object := &snapshot.Object{Ref: model.Ref{ID: id}, Body: body, Partial: fmt.Sprint(body) == fmt.Sprint(snapshot.JSON(`{}`))}
			if _, ok := body.(snapshot.JSON); ok && id.Kind[len(id.Kind)-1] == 'g' && !object.Partial {
				continue // bindings have no rules
			}
			v := snapshot.New(snapshot.Settings{}, append(append(decode(t, small), everything()...), snapshot.Change{Put: object})...).View()
			if d := Allowed(v, jane(), request("get pods -n shop")); d.Verdict != Unknown {
				t.Errorf("%s %v: %+v", kind, body, d)
			}
		}
	}
}

// A role that is not there is missing only where roles are known.
func TestDangling(t *testing.T) {
	const text = `
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {"kind": ClusterRole, name: gone}
---
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {"kind": Role, name: gone}
---
kind: RoleBinding
metadata: {name: c, namespace: shop}
roleRef: {"kind": ClusterRole, name: gone}
---
kind: RoleBinding
metadata: {name: d, namespace: shop}
roleRef: {"kind": Role, name: gone}
---
kind: RoleBinding
metadata: {name: e, namespace: shop}
roleRef: {"kind": Robot, name: gone}
`
	for want, more := range map[string][]snapshot.Change{
		"abcde": everything(),
		"bde":   listed("Role", "RoleBinding", "ClusterRoleBinding"),
		"abce":  listed("ClusterRole", "RoleBinding", "ClusterRoleBinding"),
	} {
		got := ""
		for _, d := range Dangling(snapshot.New(snapshot.Settings{}, append(decode(t, text), more...)...).View()) {
			got += d.Binding.Name
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What changes in one namespace leaves the index of another.
func TestIncremental(t *testing.T) {
	v := policy(t, small)
	before := bindings.Of(v, "shop")
	changes := decode(t, `
kind: RoleBinding
metadata: {name: c, namespace: other}
roleRef: {"kind": ClusterRole, name: r}
subjects: [{"kind": User, name: jane}]
`)
	next := v.Snapshot().With(changes...).View()
	if bindings.Of(next, "shop") != before {
		t.Error("the index was made anew")
	}
	if d := Allowed(next, jane(), request("get pods -n other")); d.Verdict != Allows {
		t.Errorf("%+v", d)
	}
}

// What files leave without a namespace lies in the namespace default, where kubectl
// puts it.
func TestWithoutNamespace(t *testing.T) {
	const text = `
kind: Role
metadata: {name: r}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
kind: RoleBinding
metadata: {name: b}
roleRef: {"kind": Role, name: r}
subjects: [{"kind": ServiceAccount, name: web}]
---
kind: RoleBinding
metadata: {name: c, namespace: another}
roleRef: {"kind": Role, name: r}
subjects: [{"kind": ServiceAccount, name: web, namespace: default}]
---
kind: ClusterRoleBinding
metadata: {name: d, namespace: stray}
roleRef: {"kind": Role, name: r}
subjects: [{"kind": ServiceAccount, name: web}]
`
	v := policy(t, text)
	for _, web := range []Subject{{Kind: "ServiceAccount", Name: "web"}, {Kind: "ServiceAccount", Namespace: "default", Name: "web"}} {
		for namespace, want := range map[string]Verdict{" -n default": Allows, " -n another": Denies, "": Denies} {
			if d := Allowed(v, web, request("get pods"+namespace)); d.Verdict != want || want == Allows && d.Grants[0].Namespace() != "default" {
				t.Errorf("%s in %q: %+v", web, namespace, d)
			}
		}
		if rules, complete := Rules(v, web); len(rules) != 1 || !complete {
			t.Errorf("%+v", rules)
		}
	}
	if dangling := Dangling(v); len(dangling) != 2 || dangling[0].Binding.Name != "d" || dangling[1].Binding.Name != "c" {
		t.Errorf("%+v", dangling)
	}
	odd := &snapshot.Object{Ref: model.Ref{ID: model.ID{Group: rbacv1.GroupName, Kind: "RoleBinding", Name: "odd"}}, Body: snapshot.Undecodable{Reason: "odd"}}
	v = v.Snapshot().With(snapshot.Change{Put: odd}).View()
	if d := Allowed(v, jane(), request("get pods -n default")); d.Verdict != Unknown {
		t.Errorf("%+v", d)
	}
}
