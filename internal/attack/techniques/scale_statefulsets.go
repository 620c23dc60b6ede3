package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ScaleStatefulSets is to say how many pods there are.
func ScaleStatefulSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "scale-statefulsets", Title: "Scale StatefulSets", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "With no replicas a service stops, and where the claims are kept only while they are used (persistentVolumeClaimRetentionPolicy whenScaled: Delete) its data goes with it.",
			Remediation: "Leave the number of replicas to an autoscaler and to who is on call, and limit the rule to the names that they need.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1499"), model.Docs("tasks/run-application/scale-stateful-set/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "apps", Resource: "statefulsets", Subresource: "scale"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("apps", "StatefulSet"),
	}
}
