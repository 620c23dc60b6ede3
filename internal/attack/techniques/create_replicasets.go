package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateReplicaSets is to have a controller run pods from a template of one's own.
func CreateReplicaSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-replicasets", Title: "Create ReplicaSets", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A ReplicaSet runs pods as a Deployment does, and is looked at less: they run as any service account of the namespace, with any of its secrets.",
			Remediation: "Let a pipeline create workloads; enforce the Pod Security level baseline or restricted in the namespace, and keep accounts with rights in namespaces of their own.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/replicaset/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "apps", Resource: "replicasets"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("replicaset-controller"),
	}
}
