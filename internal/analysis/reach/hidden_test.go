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
			var changes []snapshot.Change
			text := space("a", "") + deployment("a", "web", "", 1) + deployment("a", "db", "", 1)
			document.NewDecoder("").Decode(document.Text{File: "a.yaml", Data: []byte(text), Asked: true}, func(c snapshot.Change) {
				if c.Put == nil || !slices.Contains(test.hidden, c.Put.Kind) {
					changes = append(changes, c)
				}
			})
			for _, gk := range Kinds() {
				scope := model.Scope{Group: gk.Group, Kind: gk.Kind}
				if slices.Contains(test.hidden, gk.String()) {
					changes = append(changes, snapshot.Change{Gap: &model.Gap{Scope: scope, Reason: "hidden"}})
				} else {
					changes = append(changes, snapshot.Change{Listed: &scope})
				}
			}
			n := Of(snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}, Live: true}, changes...).View(), netpol.Profile{})
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
