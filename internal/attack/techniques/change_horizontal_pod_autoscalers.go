package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeHorizontalPodAutoscalers is to change what an autoscaler scales, and to how many.
func ChangeHorizontalPodAutoscalers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-horizontal-pod-autoscalers", Title: "Change HorizontalPodAutoscalers", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The controller of HorizontalPodAutoscalers scales whatever can be scaled in the namespace, for whoever writes one: down to one replica by its maximum, " +
				"or up by its minimum, without asking for metrics. Its target can be changed too, so that one autoscaler suffices for any workload.",
			Remediation: "Grant the right where those who have it may scale workloads anyway; bound pods with a ResourceQuota.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1489"),
				model.Docs("tasks/run-application/horizontal-pod-autoscale/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/podautoscaler/horizontal.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "autoscaling", Resource: "horizontalpodautoscalers"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			if b, ok := existing(c, kind("autoscaling", "HorizontalPodAutoscaler")); ok {
				b.yields(c, attack.Denial, attack.In(c.Namespace, "Pod", ""), "a controller that can be scaled runs the pod")
			}
		},
	}
}
