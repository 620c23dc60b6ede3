package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangePodDisruptionBudgets is to change or delete a PodDisruptionBudget.
func ChangePodDisruptionBudgets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-pod-disruption-budgets", Title: "Change or delete PodDisruptionBudgets", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "A changed PodDisruptionBudget allows no disruption, so that nodes cannot be drained, or all at once, so that an eviction of all pods is no longer refused.",
			Remediation: "Let only those who run a workload change its budget.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1562.001"),
				model.Docs("tasks/run-application/configure-pdb/"),
				model.Docs("concepts/workloads/pods/disruptions/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch|delete|deletecollection", Group: "policy", Resource: "poddisruptionbudgets"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Integrity, kind("policy", "PodDisruptionBudget"))
		},
	}
}
