package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteReplicaSets is to end what runs.
func DeleteReplicaSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-replicasets", Title: "Delete ReplicaSets", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "Its pods go with it; a Deployment that owns it makes another, but all its pods are new ones.",
			Remediation: "Give delete by name, and deletecollection to nobody; keep manifests where the workload can be made again from.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1499"), model.Docs("concepts/workloads/controllers/replicaset/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "apps", Resource: "replicasets"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("apps", "ReplicaSet"),
	}
}
