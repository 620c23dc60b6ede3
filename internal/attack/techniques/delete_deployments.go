package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteDeployments is to end what runs.
func DeleteDeployments() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-deployments", Title: "Delete Deployments", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "Deleted with it are its ReplicaSets and pods, and with its history the way back.",
			Remediation: "Give delete by name, and deletecollection to nobody; keep manifests where the workload can be made again from.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1499"), model.Docs("concepts/workloads/controllers/deployment/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "apps", Resource: "deployments"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("apps", "Deployment"),
	}
}
