package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateHorizontalPodAutoscalers is to scale workloads by way of the autoscaler.
func CreateHorizontalPodAutoscalers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-horizontal-pod-autoscalers", Title: "Create HorizontalPodAutoscalers", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The controller of HorizontalPodAutoscalers scales whatever can be scaled in the namespace, for whoever writes one: down to one replica by its maximum, " +
				"or up by its minimum, without asking for metrics. Who may not scale a workload does so, with few replicas for the load or with so many that no room is " +
				"left.",
			Remediation: "Grant the right where those who have it may scale workloads anyway; bound pods with a ResourceQuota.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1489"),
				model.Docs("tasks/run-application/horizontal-pod-autoscale/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/podautoscaler/horizontal.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "autoscaling", Resource: "horizontalpodautoscalers"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Denial, attack.In(c.Namespace, "Pod", ""), "a controller that can be scaled runs the pod")
		},
	}
}
