package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateReplicationControllers is to have a controller run pods from a template of one's own.
func CreateReplicationControllers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-replicationcontrollers", Title: "Create ReplicationControllers", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "ReplicationControllers are all but forgotten, and policies that name workloads often leave them out; their pods run as any service account of the namespace, with any of its secrets.",
			Remediation: "Let a pipeline create workloads; enforce the Pod Security level baseline or restricted in the namespace, and keep accounts with rights in namespaces of their own.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/replicationcontroller/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "replicationcontrollers"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("replication-controller"),
	}
}
