package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// ChangeEndpointSlices is to become an endpoint of any service of the namespace.
func ChangeEndpointSlices() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-endpoint-slices", Title: "Change endpoint slices", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "Proxies send the traffic of a Service to the addresses of all EndpointSlices that its label names, whoever wrote them; the controller leaves " +
				"those of others alone. One more slice takes part of what is sent to any Service of the namespace, with a selector or without; addresses of " +
				"the loopback and link-local ranges are refused.",
			Remediation: "Give rights on endpointslices only to controllers; authenticate servers by certificates, so that a wrong one is noticed.",
			References: []model.Reference{
				model.MITRE("T1557"), {Catalogue: "CVE", ID: "CVE-2021-25740"}, model.Docs("concepts/services-networking/endpoint-slices/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "discovery.k8s.io", Resource: "endpointslices"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: changeEndpointSlices,
	}
}

func changeEndpointSlices(c *attack.Case) {
	for _, s := range sites(c, snapshot.GroupKind{Group: "discovery.k8s.io", Kind: "EndpointSlice"}) {
		if served, ok := some(c, snapshot.GroupKind{Kind: "Service"}, s.namespace); ok {
			s.and(served).yields(c, attack.Integrity, attack.In(s.namespace, "Service", ""))
		}
	}
}
