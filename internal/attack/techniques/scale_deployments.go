package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ScaleDeployments is to say how many pods there are.
func ScaleDeployments() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "scale-deployments", Title: "Scale Deployments", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "With no replicas a service stops; with many they fill the nodes and the quota.",
			Remediation: "Leave the number of replicas to an autoscaler and to who is on call, and limit the rule to the names that they need.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1499"), model.Docs("concepts/workloads/autoscaling/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "apps", Resource: "deployments", Subresource: "scale"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("apps", "Deployment"),
	}
}
