package network

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// MeshPlaintextToSensitiveWorkload fails workloads of a mesh that hold secrets or keep data
// and let clients in that are in no mesh, in the clear.
func MeshPlaintextToSensitiveWorkload() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "mesh-plaintext-to-sensitive-workload",
			Title:    "Workload with secrets or data takes plaintext although it is in a mesh",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "The mesh could encrypt every connection to this workload and tell who is calling. As it is, whoever reaches the pod talks to it without an " +
				"identity, and what is sent can be read on the way.",
			Remediation: "Demand mutual TLS of the workload's clients: PeerAuthentication with mode STRICT in Istio, an AuthorizationPolicy that requires a MeshTLSAuthentication in Linkerd.",
			References:  []model.Reference{model.NSA("Network separation and hardening"), model.CWE("CWE-319"), model.CWE("CWE-306"), model.MITRE("T1040"), model.MITRE("T1557"), model.Docs("concepts/security/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			m := mesh.Of(c.View)
			w := m.Find(c.Object)
			if w == nil || w.Plane == mesh.NoPlane || w.Plane == mesh.Gateway {
				c.Skip() // as where another workload makes it, or it makes no pods
				return
			}
			where, value, holds := sensitive(w.Workload, m.Ports(w))
			switch {
			case holds == "":
				c.Skip()
				return
			case w.Plane == mesh.PlaneUnknown:
				c.Unknown()
				return
			}
			for _, port := range m.Ports(w) {
				verdict := m.Verdict(nil, w, port)
				switch {
				case verdict.Transport == mesh.TransportUnknown || verdict.Access == mesh.AccessUnknown:
					c.Unknown()
				case verdict.Transport == mesh.PlaintextPossible && verdict.Access != mesh.Denied && policiesComplete(c.View, w.Plane):
					reportPlaintext(c, &verdict, port, holds).At(where, value)
				}
			}
		},
	}
}

// reportPlaintext adds the finding of one port, with what lets clients in.
func reportPlaintext(c *check.Case, verdict *mesh.Verdict, port uint16, holds string) check.Failure {
	failure := c.Fail(strconv.Itoa(int(port)), "port %d takes plaintext from clients in no mesh, and the pods %s", port, holds)
	for _, reason := range verdict.Ways[0].Reasons {
		if reason.Object != nil {
			failure = failure.In(reason.Object, reason.Path, reason.Value)
		}
	}
	return failure
}

// policiesComplete reports whether no policy that could demand mutual TLS is missing.
// In files one may well stand elsewhere.
func policiesComplete(v *snapshot.View, plane mesh.Plane) bool {
	complete := true
	for _, gk := range mesh.Kinds() {
		if (gk.Group == "policy.linkerd.io") == (plane == mesh.Linkerd) && (gk.Kind == "PeerAuthentication" || gk.Kind == "AuthorizationPolicy" || gk.Kind == "Server") {
			complete = v.Complete(model.Scope{Group: gk.Group, Kind: gk.Kind}) && complete
		}
	}
	return complete
}

// sensitive says what a workload has that its callers should not read: data, by a
// port that data stores listen on, or Secrets that it reads.
func sensitive(w *workload.Workload, ports []uint16) (where model.Path, value any, holds string) {
	for _, port := range ports {
		name := dataStore(&corev1.ServicePort{Protocol: corev1.ProtocolTCP, Port: int32(port), TargetPort: intstr.FromInt32(int32(port))})
		if name != "" {
			return w.Path + ".containers", nil, "keep data: " + name + " listens on " + strconv.Itoa(int(port))
		}
	}
	for ref := range w.References("Secret") {
		if ref.Use != workload.AsPullSecret && ref.Object == w.Object {
			return ref.Path, ref.Name, "read Secret " + ref.Name
		}
	}
	return "", nil, ""
}
