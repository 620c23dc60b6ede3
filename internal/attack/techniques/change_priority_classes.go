package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangePriorityClasses is to make a priority class the default of all pods that name none.
func ChangePriorityClasses() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-priority-classes", Title: "Change PriorityClasses", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A pod for which there is no room pushes out pods of lower priority. The value of a class cannot be changed, but it can be made the default: every pod " +
				"that is created from then on and names none gets it, and those push out the pods that were there before.",
			Remediation: "Let only administrators change PriorityClasses, and set a default of low value: there can be only one.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1489"),
				model.Docs("concepts/scheduling-eviction/pod-priority-preemption/#priorityclass"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/scheduling/validation/validation.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "scheduling.k8s.io", Resource: "priorityclasses", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			if b, ok := existing(c, kind("scheduling.k8s.io", "PriorityClass")); ok {
				defaultPriority(c, b, func(name string) bool { return c.On(0, name) })
			}
		},
	}
}
