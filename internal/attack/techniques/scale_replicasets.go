package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ScaleReplicaSets is to say how many pods there are.
func ScaleReplicaSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "scale-replicasets", Title: "Scale ReplicaSets", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "With no replicas what it runs stops; of a ReplicaSet that a Deployment owns the pods come back, but new ones.",
			Remediation: "Leave the number of replicas to an autoscaler and to who is on call, and limit the rule to the names that they need.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1499"), model.Docs("concepts/workloads/autoscaling/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "apps", Resource: "replicasets", Subresource: "scale"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("apps", "ReplicaSet"),
	}
}
