package rbac

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// onNodes is a cluster with pods on two nodes.
const onNodes = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  nodeName: n1
  serviceAccountName: web
  containers:
  - {name: web, image: web, envFrom: [{configMapRef: {name: settings}}]}
  volumes:
  - {name: db, secret: {secretName: db}}
  - {name: data, persistentVolumeClaim: {claimName: data}}
---
apiVersion: v1
kind: Pod
metadata: {name: waiting, namespace: shop}
spec: {containers: [{name: c, image: c, envFrom: [{secretRef: {name: db}}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: mirror, namespace: shop, annotations: {kubernetes.io/config.mirror: x}}
spec: {nodeName: n2, containers: [{name: c, image: c, envFrom: [{secretRef: {name: db}}]}]}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec:
  claimRef: {namespace: shop, name: data}
  csi: {driver: d, volumeHandle: h, nodeStageSecretRef: {namespace: storage, name: key}, controllerPublishSecretRef: {namespace: storage, name: other}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: later, namespace: shop}
spec: {template: {spec: {containers: [{name: c, image: c}], volumes: [{name: s, secret: {secretName: db}}]}}}
`

func decodeText(t testing.TB, text string) []snapshot.Change {
	t.Helper()
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "cluster.yaml", Data: []byte(text), Editable: true}, func(c snapshot.Change) {
		if c.Gap != nil {
			t.Fatalf("%+v", c.Gap)
		}
		changes = append(changes, c)
	})
	return changes
}

// nodesView has all that decides, except the lists of hidden kinds.
func nodesView(t testing.TB, live bool, text string, hidden ...string) *snapshot.View {
	t.Helper()
	changes := append(decodeText(t, text), everything()...)
	for _, gk := range []snapshot.GroupKind{{Kind: "Pod"}, {Kind: "PersistentVolume"}, {Group: "storage.k8s.io", Kind: "VolumeAttachment"}} {
		if !slices.Contains(hidden, gk.Kind) {
			changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: gk.Group, Kind: gk.Kind}})
		}
	}
	return snapshot.New(snapshot.Settings{Live: live, Version: snapshot.Version{Major: 1, Minor: 36}}, changes...).View()
}

func nodeUser(name string) Subject { return Subject{Kind: "User", Name: "system:node:" + name} }

func TestNodeAuthorizer(t *testing.T) {
	v := nodesView(t, true, onNodes)
	for _, test := range []struct {
		request string
		n1, n2  Verdict
	}{
		{"get secrets db -n shop", Allows, Denies}, // a mirror pod gives its node nothing
		{"list secrets db -n shop", Allows, Denies},
		{"list secrets -n shop", Denies, Denies},
		{"get secrets db -n other", Denies, Denies},
		{"update secrets db -n shop", Denies, Denies},
		{"get configmaps settings -n shop", Allows, Denies},
		{"get secrets key -n storage", Allows, Denies}, // by way of the volume
		{"get secrets other -n storage", Denies, Denies},
		{"get persistentvolumes disk", Allows, Denies},
		{"get persistentvolumeclaims data -n shop", Allows, Denies},
		{"create serviceaccounts/token web -n shop", Allows, Denies},
		{"create serviceaccounts/token other -n shop", Denies, Denies},
		{"get pods web -n shop", Allows, Denies},
		{"get pods mirror -n shop", Denies, Allows},
		{"list pods", Denies, Denies},
		{"get nodes n1", Allows, Denies},
		{"patch nodes/status n2", Allows, Allows}, // NodeRestriction limits it
		{"update leases.coordination.k8s.io n2 -n kube-node-lease", Denies, Allows},
		{"get /metrics", Denies, Denies},
	} {
		for name, want := range map[string]Verdict{"n1": test.n1, "n2": test.n2} {
			d := Allowed(v, nodeUser(name), request(test.request))
			if d.Verdict != want || want == Allows && d.Authorizer() != NodeAuthorizer {
				t.Errorf("%s: %s: %s by %s, want %s", name, test.request, d.Verdict, d.Authorizer(), want)
			}
		}
	}
	own := Request{Verb: "list", Resource: "pods", FieldSelector: "spec.nodeName=n1"}
	if d := Allowed(v, nodeUser("n1"), own); d.Verdict != Allows {
		t.Errorf("pods of the node itself: %s", d.Verdict)
	}
	if d := Authorize(v, Identity{User: "system:node:n1"}, request("get secrets db -n shop")); d.Verdict != Denies {
		t.Errorf("who is not in system:nodes: %s", d.Verdict)
	}
	if len(v.Missing()) > 0 {
		t.Errorf("missing %v", v.Missing())
	}
}

// nodeGrants describes what WhoCan says of nodes: the subject and its evidence.
func nodeGrants(v *snapshot.View, r Request) (described []string, complete bool) {
	grants, complete := WhoCan(v, r)
	for _, g := range grants {
		if g.Authorizer != NodeAuthorizer {
			continue
		}
		line := g.Subject.String()
		for _, e := range g.Evidence() {
			line += fmt.Sprintf(" | %s %s=%s :%d", e.Object.ID, e.Path, e.Value, e.Line)
		}
		described = append(described, line)
	}
	return described, complete
}

func TestWhichNodesCan(t *testing.T) {
	for _, test := range []struct {
		request string
		live    bool
		want    []string
	}{
		{"get secrets db -n shop", true, []string{"User system:node:n1 | shop/web[Pod] spec.volumes[0].secret.secretName=db :11 | shop/web[Pod] spec.nodeName=n1 :6"}},
		{"get secrets key -n storage", true, []string{
			"User system:node:n1 | disk[PersistentVolume] spec.csi.nodeStageSecretRef=key :29 | disk[PersistentVolume] spec.claimRef=shop/data :28" +
				" | shop/web[Pod] spec.volumes[1].persistentVolumeClaim.claimName=data :12 | shop/web[Pod] spec.nodeName=n1 :6",
		}},
		{"get secrets db -n shop", false, []string{ // where the rest will run is not known
			"Group system:nodes | shop/waiting[Pod] spec.containers[0].envFrom[0].secretRef.name=db :17",
			"User system:node:n1 | shop/web[Pod] spec.volumes[0].secret.secretName=db :11 | shop/web[Pod] spec.nodeName=n1 :6",
			"Group system:nodes | shop/later[Deployment] spec.template.spec.volumes[0].secret.secretName=db :34",
		}},
		{"get nodes n7", true, []string{"User system:node:n7"}},
		{"create events -n shop", true, []string{"Group system:nodes"}},
		{"list secrets -n shop", true, nil},
	} {
		got, complete := nodeGrants(nodesView(t, test.live, onNodes), request(test.request))
		if !slices.Equal(got, test.want) || !complete {
			t.Errorf("%s, live %t: complete %t\ngot  %q\nwant %q", test.request, test.live, complete, got, test.want)
		}
	}
}

// What pods that are not known could allow is not denied to a node; others are not
// concerned.
func TestNodesOfIncompleteLists(t *testing.T) {
	forbidden := snapshot.Change{Gap: &model.Gap{Scope: model.Scope{Kind: "Pod", Namespace: "shop"}, Reason: "forbidden"}}
	for _, test := range []struct {
		hidden, request string
		want            Verdict
		unsure          string
	}{
		{"Pod", "get secrets other -n shop", Unknown, "Pod"},
		{"Pod", "get configmaps other -n shop", Unknown, "Pod"},
		{"Pod", "get persistentvolumes disk", Unknown, "Pod"},
		{"Pod", "get secrets other -n elsewhere", Unknown, "Pod"},
		{"Pod", "list secrets -n shop", Denies, ""},
		{"Pod", "get deployments.apps later -n shop", Denies, ""},
		{"PersistentVolume", "get secrets other -n shop", Unknown, "PersistentVolume"},
		{"PersistentVolume", "get configmaps other -n shop", Denies, ""},
		{"PersistentVolume", "get persistentvolumes gone", Unknown, "PersistentVolume"},
		{"VolumeAttachment", "get volumeattachments.storage.k8s.io x", Unknown, "VolumeAttachment"},
		{"VolumeAttachment", "get secrets other -n shop", Denies, ""},
	} {
		v := nodesView(t, true, onNodes, test.hidden)
		d := Allowed(v, nodeUser("n2"), request(test.request))
		if d.Verdict != test.want || (test.unsure != "") != slices.ContainsFunc(d.Unsure, func(s model.Scope) bool { return s.Kind == test.unsure }) {
			t.Errorf("without %s: %s: %s %v", test.hidden, test.request, d.Verdict, d.Unsure)
		}
		if _, complete := WhoCan(v, request(test.request)); complete != (test.want == Denies) {
			t.Errorf("without %s: WhoCan %s: complete %t", test.hidden, test.request, complete)
		}
		if d := Allowed(v, jane(), request(test.request)); d.Verdict != Denies {
			t.Errorf("without %s: jane: %s", test.hidden, d.Verdict)
		}
	}
	v := nodesView(t, true, onNodes).Snapshot().With(forbidden).View()
	for text, want := range map[string]Verdict{"get secrets other -n shop": Unknown, "get secrets other -n elsewhere": Denies} {
		if d := Allowed(v, nodeUser("n1"), request(text)); d.Verdict != want {
			t.Errorf("forbidden: %s: %s", text, d.Verdict)
		}
	}
}

// Of files nothing is denied to a node that depends on where pods run, and nothing
// is missing because nobody wrote it.
func TestNodesOfFiles(t *testing.T) {
	v := nodesView(t, false, onNodes, "Pod", "PersistentVolume")
	for text, want := range map[string]Verdict{
		"get secrets db -n shop": Allows, "get secrets other -n shop": Unknown, "list secrets -n shop": Denies, "get nodes n2": Denies,
		"create serviceaccounts/token default -n shop": Unknown,
	} {
		if d := Allowed(v, nodeUser("n1"), request(text)); d.Verdict != want {
			t.Errorf("%s: %s", text, d.Verdict)
		}
	}
	got, complete := nodeGrants(v, request("create serviceaccounts/token default -n shop"))
	if len(got) != 2 || !complete || len(v.Missing()) > 0 {
		t.Errorf("%q, complete %t, missing %v", got, complete, v.Missing())
	}
	unread := v.Snapshot().With(snapshot.Change{Gap: &model.Gap{Scope: model.Scope{Kind: "Pod"}, Reason: "x"}}).View()
	if _, complete := WhoCan(unread, request("get secrets db -n shop")); complete {
		t.Error("a file that could not be read hides nothing")
	}
}

// What lies in no namespace lies in default.
func TestNodesOfUnnamedNamespaces(t *testing.T) {
	v := nodesView(t, false, strings.ReplaceAll(onNodes, ", namespace: shop", ""))
	got, _ := nodeGrants(v, request("get secrets db -n default"))
	if len(got) != 3 {
		t.Errorf("%q", got)
	}
}

func TestAuthorizationModes(t *testing.T) {
	const server = `
---
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: %s, labels: {component: kube-apiserver, tier: control-plane}}
spec: {nodeName: n3, containers: [{name: kube-apiserver, image: "registry.k8s.io/kube-apiserver:v1.36.3", command: [kube-apiserver%s]}]}
`
	for _, test := range []struct {
		namespace, flags string
		want             Verdict
	}{
		{"kube-system", `, "--authorization-mode=Node,RBAC"`, Allows},
		{"kube-system", `, "--authorization-mode=RBAC"`, Denies},
		{"kube-system", `, "--authorization-mode=RBAC,Webhook"`, Denies},
		{"kube-system", `, "--authorization-config=/etc/authorization.yaml"`, Allows}, // which may well name it
		{"kube-system", `, "--authorization-mode=$(MODES)"], env: [{name: MODES, valueFrom: {configMapKeyRef: {name: x, key: modes}}}`, Allows},
		{"hosted", `, "--authorization-mode=RBAC"`, Allows}, // of another cluster
	} {
		v := nodesView(t, true, onNodes+fmt.Sprintf(server, test.namespace, test.flags))
		if d := Allowed(v, nodeUser("n1"), request("get secrets db -n shop")); d.Verdict != test.want {
			t.Errorf("%s: %s, want %s", test.flags, d.Verdict, test.want)
		}
		got, _ := nodeGrants(v, request("get secrets db -n shop"))
		if (len(got) > 0) != (test.want == Allows) {
			t.Errorf("%s: WhoCan names %q", test.flags, got)
		}
	}
}

// A right that RBAC gives a node as well is named too, after that of the Node
// authorizer, which is asked first; and the rules of a node are never all.
func TestNodesInRBAC(t *testing.T) {
	v := nodesView(t, true, onNodes+`
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: old}
roleRef: {kind: ClusterRole, name: r}
subjects: [{kind: Group, name: "system:nodes"}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
`)
	d := Allowed(v, nodeUser("n1"), request("get secrets db -n shop"))
	if len(d.Grants) != 2 || d.Grants[0].Authorizer != NodeAuthorizer || d.Grants[1].Authorizer != RBACAuthorizer {
		t.Errorf("%+v", d.Grants)
	}
	if d := Allowed(v, nodeUser("n2"), request("get secrets db -n shop")); d.Verdict != Allows || d.Authorizer() != RBACAuthorizer || len(d.Evidence()) != 3 {
		t.Errorf("%+v", d)
	}
	if grants, complete := Rules(v, nodeUser("n1")); len(grants) != 1 || complete {
		t.Errorf("%d rules, complete %t", len(grants), complete)
	}
}

// Who asks about no namespace hears of the nodes of all.
func TestWhichNodesCanAnywhere(t *testing.T) {
	for _, test := range []struct {
		request string
		want    []string
	}{
		{"get secrets db", []string{"User system:node:n1"}},
		{"get secrets key", []string{"User system:node:n1"}}, // of the namespace storage, which has no pods
		{"get persistentvolumes disk", []string{"User system:node:n1"}},
		{"get pods mirror", []string{"User system:node:n2"}},
		{"update leases.coordination.k8s.io n1", []string{"User system:node:n1"}},
		{"get nodes n1", []string{"User system:node:n1"}},
		{"create events", []string{"Group system:nodes"}},
		{"list secrets", nil},
	} {
		var got []string
		grants, complete := WhoCanAnywhere(nodesView(t, true, onNodes), request(test.request))
		for _, g := range grants {
			if g.Authorizer == NodeAuthorizer {
				got = append(got, g.Subject.String())
			}
		}
		if !slices.Equal(got, test.want) || !complete {
			t.Errorf("%s: %q, want %q; complete %t", test.request, got, test.want, complete)
		}
	}
	for text, want := range map[string]bool{"get secrets db": false, "get persistentvolumes disk": false, "list secrets": true, "get deployments.apps x": true} {
		v := nodesView(t, true, onNodes, "Pod")
		if _, complete := WhoCanAnywhere(v, request(text)); complete != want || (len(v.Missing()) == 0) != want {
			t.Errorf("without pods: %s: complete %t, missing %v", text, complete, v.Missing())
		}
	}
}
