package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeReplicaSets is to put something else into the template that a controller runs pods from.
func ChangeReplicaSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-replicasets", Title: "Change ReplicaSets", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The template of a ReplicaSet may be changed, also of one that a Deployment owns; with more replicas in the same request the controller creates pods from it at once, and a rollback of the Deployment rolls out what was put there.",
			Remediation: "Let a pipeline change workloads and give people what they need of scale and status; enforce the Pod Security level baseline or restricted in the namespace.",
			References: []model.Reference{
				model.MITRE("T1525"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/replicaset/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "apps", Resource: "replicasets"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("replicaset-controller"),
	}
}
