package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteStatefulSets is to end what runs.
func DeleteStatefulSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-statefulsets", Title: "Delete StatefulSets", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "Deleted with it are its pods and, where persistentVolumeClaimRetentionPolicy says whenDeleted: Delete, the claims with the data.",
			Remediation: "Give delete by name, and deletecollection to nobody; keep manifests where the workload can be made again from.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1485"), model.Docs("concepts/workloads/controllers/statefulset/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "apps", Resource: "statefulsets"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("apps", "StatefulSet"),
	}
}
