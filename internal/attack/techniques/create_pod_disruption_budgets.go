package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreatePodDisruptionBudgets is to forbid the eviction of pods.
func CreatePodDisruptionBudgets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-pod-disruption-budgets", Title: "Create PodDisruptionBudgets", Layer: model.LayerCluster, Severity: model.Low,
			Rationale: "A PodDisruptionBudget that allows no disruption, or a second one for the same pods, has the API server refuse each eviction: nodes can no longer be " +
				"drained for an upgrade or a repair, and a pod of an attacker stays where it is.",
			Remediation: "Let administrators see to budgets that allow none; delete pods that must go, which no budget forbids.",
			References: []model.Reference{
				model.MITRE("T1499"),
				model.Docs("tasks/run-application/configure-pdb/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/core/pod/storage/eviction.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "policy", Resource: "poddisruptionbudgets"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Denial, attack.Nodes(""), "a pod of the budget runs on the node, and it is drained by eviction")
		},
	}
}
