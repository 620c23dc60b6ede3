package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

const graphPolicy = `
kind: ClusterRole
metadata: {name: part, labels: {in: whole}}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
---
kind: ClusterRole
metadata: {name: whole}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {in: whole}}]}
rules: []
---
kind: ClusterRole
metadata: {name: pods}
rules: [{apiGroups: [""], resources: [pods], verbs: [create]}]
---
kind: ClusterRoleBinding
metadata: {name: everywhere}
roleRef: {apiGroup: rbac.authorization.k8s.io, "kind": ClusterRole, name: whole}
subjects: [{"kind": Group, apiGroup: rbac.authorization.k8s.io, name: "system:authenticated"}]
---
kind: RoleBinding
metadata: {name: here, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, "kind": ClusterRole, name: pods}
subjects: [{"kind": User, apiGroup: rbac.authorization.k8s.io, name: jane}]
---
kind: RoleBinding
metadata: {name: there, namespace: other}
roleRef: {apiGroup: rbac.authorization.k8s.io, "kind": ClusterRole, name: pods}
subjects: [{"kind": User, apiGroup: rbac.authorization.k8s.io, name: jane}]
`

func grantsFor(t *testing.T, who rbac.Subject) []rbac.Grant {
	t.Helper()
	var changes []snapshot.Change
	text := strings.ReplaceAll(graphPolicy, "\nkind:", "\napiVersion: rbac.authorization.k8s.io/v1\nkind:")
	document.NewDecoder("").Decode(document.Text{File: "deploy/policy.yaml", Data: []byte(text), Editable: true}, func(c snapshot.Change) {
		changes = append(changes, c)
	})
	for _, kind := range []string{"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"} {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: rbacv1.GroupName, Kind: kind}})
	}
	grants, complete := rbac.Rules(snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, changes...).View(), who)
	if !complete {
		t.Fatal("not everything is known")
	}
	return grants
}

// edgesOf reads a graph as lines.
func edgesOf(g Graph) []string {
	label := map[string]string{}
	for _, n := range g.Nodes {
		label[n.ID] = strings.Join(append([]string{n.Kind, n.Label}, n.Detail...), ", ")
	}
	var lines []string
	for _, e := range g.Edges {
		line := label[e.From] + " -> " + label[e.To] + ": " + strings.Join(e.Label, "; ")
		if e.Possible {
			line += " (possible)"
		}
		for _, evidence := range e.Evidence {
			line += fmt.Sprintf(" | %s:%d %s", evidence.Object.Name, evidence.Line, evidence.Path)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestRBACGraph(t *testing.T) {
	jane := rbac.Subject{Kind: rbacv1.UserKind, Name: "jane"}
	grants := grantsFor(t, jane)
	var secrets, here, there []model.Evidence
	for i := range grants {
		switch grants[i].Namespace() {
		case "":
			secrets = grants[i].Evidence()
		case "shop":
			here = grants[i].Evidence()
		default:
			there = grants[i].Evidence()
		}
	}
	namespace := func(name string) model.Fact {
		return model.Fact{Kind: "namespace", Object: model.ID{Kind: "Namespace", Name: name}}
	}
	level := model.Evidence{Object: model.Ref{ID: model.ID{Kind: "Namespace", Name: "shop"}}, Path: "metadata.labels", Line: 7}
	steps := []model.Step{
		{Technique: "create-pods", Yields: namespace("shop"), Evidence: append(slices.Clone(here), level)},
		{Technique: "unknown-technique", Yields: namespace("shop"), Evidence: here, Possible: true, Conditions: []string{"it rains", "it pours"}},
		{Technique: "create-pods", Yields: namespace("other"), Evidence: there, Possible: true},
		{Technique: "read-secrets", Yields: model.Fact{Kind: "secrets", Object: model.ID{Kind: "Secret"}}, Evidence: secrets},
		{Technique: "both", Yields: model.Fact{Kind: "admin", Detail: "through ServiceAccount a/b"}, Evidence: append(slices.Clone(secrets), here...)},
		{Technique: "no-rule", Yields: model.Fact{Kind: "denial", Object: model.ID{Kind: "Event"}}, Evidence: []model.Evidence{level}},
	}
	g := RBACGraph(jane, grants, steps, map[string]model.Control{"create-pods": {Title: "Create pods"}})
	want := []string{
		"User, jane -> ClusterRoleBinding, everywhere, in the whole cluster, policy.yaml:18, names Group system:authenticated:  | everywhere:22 subjects[0]",
		"ClusterRoleBinding, everywhere, in the whole cluster, policy.yaml:18, names Group system:authenticated -> ClusterRole, whole, policy.yaml:7:  | everywhere:21 roleRef",
		"User, jane -> RoleBinding, there, namespace other, policy.yaml:30:  | there:34 subjects[0]",
		"RoleBinding, there, namespace other, policy.yaml:30 -> ClusterRole, pods, bound in namespace other, policy.yaml:13:  | there:33 roleRef",
		"User, jane -> RoleBinding, here, namespace shop, policy.yaml:24:  | here:28 subjects[0]",
		"RoleBinding, here, namespace shop, policy.yaml:24 -> ClusterRole, pods, bound in namespace shop, policy.yaml:13:  | here:27 roleRef",
		"ClusterRole, pods, bound in namespace shop, policy.yaml:13 -> yields namespace, Namespace shop: Create pods; unknown-technique, if it rains, and it pours | pods:16 rules[0] | shop:7 metadata.labels",
		"ClusterRole, pods, bound in namespace other, policy.yaml:13 -> yields namespace, Namespace other: Create pods (possible) | pods:16 rules[0]",
		"ClusterRole, whole, policy.yaml:7 -> ClusterRole, part, policy.yaml:2: aggregates",
		"ClusterRole, part, policy.yaml:2 -> yields secrets, every Secret: read-secrets | part:5 rules[0]",
		"ClusterRole, part, policy.yaml:2 -> yields admin, the cluster, through ServiceAccount a/b: both (together with another role) | part:5 rules[0]",
		"ClusterRole, pods, bound in namespace shop, policy.yaml:13 -> yields admin, the cluster, through ServiceAccount a/b: both (together with another role) | pods:16 rules[0]",
		"User, jane -> yields denial, every Event: no-rule | shop:7 metadata.labels",
	}
	got := edgesOf(g)
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("missing %s", want[i])
		case i >= len(want):
			t.Errorf("too much: %s", got[i])
		case got[i] != want[i]:
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
	renderGraph(t, SVG, g)
}

// Bindings of every cluster are left out, and counted, unless something comes of
// them; members of system:masters need none.
func TestRBACGraphOfImpliedRights(t *testing.T) {
	masters := rbac.Subject{Kind: rbacv1.GroupKind, Name: "system:masters"}
	grants := grantsFor(t, masters)
	for i := range grants {
		if b := grants[i].Binding; b != nil {
			implied := &snapshot.Object{Ref: b.Ref, Implied: true}
			grants[i].Binding = implied
		}
	}
	g := RBACGraph(masters, grants, nil, nil)
	if lines := edgesOf(g); len(lines) != 1 || !strings.Contains(lines[0], "-> yields admin, the cluster: member of system:masters, who need no rule") {
		t.Errorf("got %q", lines)
	}
	if !strings.Contains(g.Description, "Left out: 1 binding that every cluster has") {
		t.Errorf("the description is %q", g.Description)
	}
	step := model.Step{Technique: "x", Yields: model.Fact{Kind: "secrets", Object: model.ID{Kind: "Secret"}}, Evidence: grants[len(grants)-1].Evidence()}
	if lines := edgesOf(RBACGraph(masters, grants, []model.Step{step}, nil)); len(lines) < 4 {
		t.Errorf("a binding that yields something is left out: %q", lines)
	}
}
