package network

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// IstioDestinationRuleHostMissing fails DestinationRules for a Service of the cluster
// that does not exist.
func IstioDestinationRuleHostMissing() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-destination-rule-host-missing",
			Title:    "Istio DestinationRule is for a Service that does not exist",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "The TLS settings, limits and outlier detection of the rule apply to nothing. A short name stands for a Service of the rule's own namespace, " +
				"which is the usual mistake.",
			Remediation: "Write the full name, SERVICE.NAMESPACE.svc.cluster.local, or remove the rule.",
			References:  []model.Reference{model.CWE("CWE-1164"), model.Docs("concepts/services-networking/dns-pod-service/")},
		},
		On: []string{"networking.istio.io/DestinationRule"},
		Run: func(c *check.Case) {
			d, err := mesh.DestinationRules.Read(c.Object)
			if err != nil || d.Unread != nil {
				c.Unknown()
				return
			}
			name, namespace, ok := mesh.HostService(d.Spec.Host, c.Object.Namespace)
			if !ok {
				c.Skip()
				return
			}
			if len(c.Objects(snapshot.GroupKind{Group: "networking.istio.io", Kind: "ServiceEntry"}, "")) > 0 || c.Unread(model.Scope{Group: "networking.istio.io", Kind: "ServiceEntry"}) {
				c.Unknown() // one may bring the host into the mesh
				return
			}
			if _, _, presence := snapshot.Get(c.View, kinds.Services, namespace, name); presence == snapshot.Absent {
				c.Fail("", "Service %s is not in namespace %s", name, namespace).At("spec.host", d.Spec.Host)
			}
		},
	}
}
