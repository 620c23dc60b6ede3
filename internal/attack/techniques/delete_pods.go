package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeletePods is to end pods.
func DeletePods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-pods", Title: "Delete pods", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "A pod that no controller owns is gone; the others come back, but as often as they are deleted, and all at once with deletecollection: no PodDisruptionBudget stands in the way. On another node, or with another image by then, they may not come back at all.",
			Remediation: "Let people evict pods instead, which heeds PodDisruptionBudgets, and give deletecollection to nobody.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1499"), model.Docs("concepts/scheduling-eviction/"), model.Docs("concepts/workloads/pods/disruptions/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Resource: "pods"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("", "Pod"),
	}
}
