package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// DeleteNetworkPolicies is to open what network policies close.
func DeleteNetworkPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-network-policies", Title: "Delete network policies", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "A pod that no policy selects any more talks to all and is talked to by all: who deletes the policies of a namespace reaches its databases and " +
				"lets data out.",
			Remediation: "Keep network policies out of the roles of those who deploy applications; enforce a floor by cluster-wide policies that namespaces cannot " +
				"change.",
			References: []model.Reference{
				model.MITRE("T1562"), model.Docs("concepts/services-networking/network-policies/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "networking.k8s.io", Resource: "networkpolicies"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Integrity, snapshot.GroupKind{Group: "networking.k8s.io", Kind: "NetworkPolicy"})
		},
	}
}
