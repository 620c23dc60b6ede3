package network

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// IstioNamespaceWithoutStrictMTLS fails namespaces whose pods are in Istio's mesh and
// take plaintext because no PeerAuthentication says otherwise. Those that say so
// themselves are judged by istio-mutual-tls-not-strict.
func IstioNamespaceWithoutStrictMTLS() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-namespace-without-strict-mtls",
			Title:    "Pods of Istio's mesh take plaintext because no policy forbids it",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "Without a PeerAuthentication Istio accepts both mutual TLS and plaintext: whoever reaches the network connects without an identity, reads along, " +
				"and is not seen by rules that name principals.",
			Remediation: "Add a PeerAuthentication with mtls.mode STRICT to the namespace, or one for the whole mesh to the root namespace.",
			References:  []model.Reference{model.NSA("Network separation and hardening"), model.CWE("CWE-319"), model.MITRE("T1040"), model.Docs("concepts/security/")},
		},
		On: []string{"Namespace"},
		Run: func(c *check.Case) {
			m := mesh.Of(c.View)
			meshed, open := 0, 0
			for _, w := range inIstio.Of(c.View, struct{}{})[c.Object.Name] {
				for _, port := range m.Ports(w) {
					meshed++
					switch mode, why := m.Mode(w, port); {
					case mode == mesh.ModeUnknown:
						c.Unknown()
						return
					case mode == mesh.Permissive && why.Object == nil:
						open++
					}
				}
			}
			switch {
			case meshed == 0:
				skipUnmeshed(c)
			case open > 0 && !c.Complete(model.Scope{Group: mesh.PeerAuthentications.Group, Kind: mesh.PeerAuthentications.Kind}):
				// Another PeerAuthentication may stand elsewhere.
			case open > 0:
				c.Fail("", "no PeerAuthentication applies to %d of %d ports: they take plaintext", open, meshed).At("metadata.name", c.Object.Name)
			}
		},
	}
}

// inIstio are the workloads of Istio's mesh, by namespace.
var inIstio = snapshot.Memo[struct{}, map[string][]*mesh.Workload]{Name: "network.inIstio", Compute: func(v *snapshot.View, _ struct{}) map[string][]*mesh.Workload {
	found := map[string][]*mesh.Workload{}
	for _, w := range mesh.Of(v).Workloads() {
		if w.Plane == mesh.Sidecarred || w.Plane == mesh.Ambient {
			found[w.Namespace()] = append(found[w.Namespace()], w)
		}
	}
	return found
}}

// skipUnmeshed says that a control does not apply to a namespace without workloads of
// a mesh, once all are known.
func skipUnmeshed(c *check.Case) {
	if workload.Complete(c.View, c.Object.Name) {
		c.Skip()
	} else {
		c.Unknown()
	}
}
