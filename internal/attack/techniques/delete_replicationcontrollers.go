package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteReplicationControllers is to end what runs.
func DeleteReplicationControllers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-replicationcontrollers", Title: "Delete ReplicationControllers", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "Its pods go with it and do not come back.",
			Remediation: "Give delete by name, and deletecollection to nobody; keep manifests where the workload can be made again from.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1499"), model.Docs("concepts/workloads/controllers/replicationcontroller/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Resource: "replicationcontrollers"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("", "ReplicationController"),
	}
}
