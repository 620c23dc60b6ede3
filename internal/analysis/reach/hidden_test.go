package reach

import (
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// Who may read network policies alone of a cluster is not told that a connection is
// allowed: there may be a mesh that denies it. What shows that there is none is enough.
func TestHiddenMeshesLeaveNothingAllowed(t *testing.T) {
	const istio, linkerd = "security.istio.io/AuthorizationPolicy", "policy.linkerd.io/Server"
	for _, test := range []struct {
		name   string
		hidden []string
		want   Verdict
	}{
		{"nothing", nil, Allowed},
		{"policies of a mesh that is not there", []string{istio, linkerd}, Allowed},
		{"the labels of namespaces", []string{"Namespace"}, Allowed},
		{"namespaces and policies of Istio", []string{"Namespace", istio}, Unknown},
		{"namespaces and policies of Linkerd", []string{"Namespace", linkerd}, Unknown},
		{"pods and policies of Istio", []string{"Pod", istio}, Unknown},
		{"pods and the settings of meshes", []string{"Pod", "ConfigMap"}, Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := liveWithout(test.hidden)
			var ends []Peer
			for _, end := range n.Ends() {
				ends = append(ends, Peer{Peer: netpol.Of(end)})
			}
			got := n.Explain(ends[1], ends[0], []netpol.NamedPort{{Protocol: netpol.TCP, Port: 8080}})
			if len(got) != 1 || got[0].Verdict != test.want {
				t.Errorf("%s, not %s", got[0].Verdict, test.want)
			}
		})
	}
}

// liveWithout is a running cluster of which some kinds could not be listed.
func liveWithout(hidden []string) *Network {
	var changes []snapshot.Change
	text := space("a", "") + deployment("a", "web", "", 1) + deployment("a", "db", "", 1) + service("a", "web", "") +
		"---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: a}\nspec: {ingressClassName: edge, defaultBackend: {service: {name: web, port: {number: 80}}}}\n" +
		"---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: edge}\nspec: {controller: example.com/edge}\n"
	document.NewDecoder("").Decode(document.Text{File: "a.yaml", Data: []byte(text), Asked: true}, func(c snapshot.Change) {
		if c.Put == nil || !slices.Contains(hidden, c.Put.Kind) {
			changes = append(changes, c)
		}
	})
	for _, gk := range Kinds() {
		scope := model.Scope{Group: gk.Group, Kind: gk.Kind}
		if slices.Contains(hidden, gk.String()) {
			changes = append(changes, snapshot.Change{Gap: &model.Gap{Scope: scope, Reason: "hidden"}})
		} else {
			changes = append(changes, snapshot.Change{Listed: &scope})
		}
	}
	settings := snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}, Live: true}
	return Of(snapshot.New(settings, changes...).View(), netpol.Profile{})
}

// Where doors may be that were not read, nobody is told that none leads to a port, and
// one that was read stays open.
func TestUnreadDoorsMayLeadAnywhere(t *testing.T) {
	const route = "gateway.networking.k8s.io/HTTPRoute"
	for _, test := range []struct {
		hidden   []string
		web, db  Verdict
		listings int
	}{
		{nil, Allowed, Denied, 1},
		{[]string{route}, Allowed, Unknown, 3 + 2 + 3}, // by protocol, TCP of web in three parts
		{[]string{"Service"}, Unknown, Unknown, 3 + 3},
	} {
		n := liveWithout(test.hidden)
		for _, end := range n.Ends() {
			want := map[string]Verdict{"web": test.web, "db": test.db}[end.Name]
			got := n.Explain(Peer{Ingress: true}, Peer{Peer: netpol.Of(end)}, []netpol.NamedPort{{Protocol: netpol.TCP, Port: 8080}})
			if len(got) != 1 || got[0].Verdict != want || got[0].Sides[0].Verdict != toPolicies(want) {
				t.Errorf("without %v: %s is %s, not %s", test.hidden, end.Name, got[0].Verdict, want)
			}
		}
		count := 0
		for c := range n.between(func(src, _ Peer) bool { return src.Ingress }) {
			count++
			if open := c.From == 8080 && c.To == 8080 && test.web == Allowed && c.Dst.End.Name == "web"; open != (c.Verdict == Allowed) {
				t.Errorf("without %v: %+v", test.hidden, c)
			}
		}
		if count != test.listings {
			t.Errorf("without %v: %d are listed, not %d", test.hidden, count, test.listings)
		}
	}
}
