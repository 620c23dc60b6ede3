package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// EvictPods is to end pods as far as their PodDisruptionBudgets allow.
func EvictPods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "evict-pods", Title: "Evict pods", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "An eviction ends a pod unless a PodDisruptionBudget holds it, and few pods have one. It asks for create of the subresource, so who looks for the verb delete overlooks it.",
			Remediation: "Give pods/eviction to what drains nodes only, and a PodDisruptionBudget to what must not stop.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1499"), model.Docs("concepts/scheduling-eviction/api-eviction/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "pods", Subresource: "eviction"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("", "Pod"),
	}
}
