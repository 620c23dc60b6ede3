package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeReplicationControllers is to put something else into the template that a controller runs pods from.
func ChangeReplicationControllers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-replicationcontrollers", Title: "Change ReplicationControllers", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The template of a ReplicationController may be changed, and its selector too; with more replicas in the same request pods are created from it at once, as any service account of the namespace and with any of its secrets.",
			Remediation: "Let a pipeline change workloads and give people what they need of scale and status; enforce the Pod Security level baseline or restricted in the namespace.",
			References: []model.Reference{
				model.MITRE("T1525"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/replicationcontroller/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "replicationcontrollers"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("replication-controller"),
	}
}
