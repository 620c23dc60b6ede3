package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// ChangeNetworkPolicies is to let in what network policies keep out, or to keep all out.
func ChangeNetworkPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-network-policies", Title: "Create or change network policies", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "Policies add up: one more that allows everything opens what all others close, and one that selects every pod and allows nothing cuts a " +
				"namespace off.",
			Remediation: "Keep network policies out of the roles of those who deploy applications; enforce a floor by cluster-wide policies that namespaces cannot " +
				"change.",
			References: []model.Reference{
				model.MITRE("T1562"), model.MITRE("T1498"), model.Docs("concepts/services-networking/network-policies/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "networking.k8s.io", Resource: "networkpolicies"}},
		Yields: []attack.Yield{attack.Integrity, attack.Denial},
		Ground: changeNetworkPolicies,
	}
}

func changeNetworkPolicies(c *attack.Case) {
	const enforced = "a network plugin enforces network policies"
	gk := snapshot.GroupKind{Group: "networking.k8s.io", Kind: "NetworkPolicy"}
	for _, s := range sites(c, gk) {
		s.yields(c, attack.Denial, attack.In(s.namespace, "Pod", ""), enforced)
		if closed, ok := some(c, gk, s.namespace); ok {
			closed.yields(c, attack.Integrity, attack.Of(gk.Group, gk.Kind, s.namespace, ""))
		}
	}
}
