package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeCiliumClusterwideNetworkPolicies is to open what policies of the network plugin close.
func ChangeCiliumClusterwideNetworkPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-cilium-clusterwide-network-policies", Title: "Change or delete cluster-wide policies of Cilium", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "Network plugins have policies of their own, which Kubernetes' NetworkPolicy does not show: deleted or widened, they let pods reach what was " +
				"closed to them.",
			Remediation: "Let the administrators of the network alone write policies of the network plugin.",
			References: []model.Reference{
				model.MITRE("T1562"), {Catalogue: "URL", ID: "https://docs.cilium.io/en/stable/security/policy/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection|update|patch", Group: "cilium.io", Resource: "ciliumclusterwidenetworkpolicies", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: customGuards("ciliumclusterwidenetworkpolicies.cilium.io", "CiliumClusterwideNetworkPolicy"),
	}
}
