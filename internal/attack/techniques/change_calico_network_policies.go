package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeCalicoNetworkPolicies is to open what policies of the network plugin close.
func ChangeCalicoNetworkPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-calico-network-policies", Title: "Change or delete network policies of Calico", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "Network plugins have policies of their own, which Kubernetes' NetworkPolicy does not show: deleted or widened, they let pods reach what was " +
				"closed to them.",
			Remediation: "Let the administrators of the network alone write policies of the network plugin.",
			References: []model.Reference{
				model.MITRE("T1562"), {Catalogue: "URL", ID: "https://docs.tigera.io/calico/latest/reference/resources/networkpolicy"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection|update|patch", Group: "crd.projectcalico.org", Resource: "networkpolicies"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: customGuards("networkpolicies.crd.projectcalico.org", "NetworkPolicy"),
	}
}
