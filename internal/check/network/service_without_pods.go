package network

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ServiceWithoutPods fails Services whose selector matches no workload of their
// namespace.
func ServiceWithoutPods() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "service-without-pods",
			Title:    "Service selects no pods",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "Connections to the Service fail, and whoever may create a pod with these labels in the namespace receives what " +
				"clients send to a name that they trust.",
			Remediation: "Compare the selector with the labels of the pod template, or remove the Service and what refers to it.",
			References: []model.Reference{
				model.CWE("CWE-1164"), model.Docs("tasks/debug/debug-application/debug-service/"),
			},
		},
		On: []string{"Service"},
		Run: func(c *check.Case) {
			s, err := kinds.Services.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if len(s.Spec.Selector) == 0 || s.Spec.Type == corev1.ServiceTypeExternalName {
				c.Skip()
				return
			}
			selector := labels.Set(s.Spec.Selector).AsSelectorPreValidated()
			workloads := workload.In(c.View, c.Object.Namespace)
			for _, w := range workloads {
				switch matches(selector, w) {
				case yes:
					return
				case perhaps:
					c.Unknown()
					return
				}
			}
			if workload.PodsSelected(c.View, c.Object.Namespace, &metav1.LabelSelector{MatchLabels: s.Spec.Selector}) {
				return
			}
			if !allPodsKnown(c.View, c.Object.Namespace, len(workloads)) {
				c.Unknown()
				return
			}
			c.Fail("", "no workload of namespace %s has the labels %s", c.Object.Namespace, selector).At("spec.selector", selector)
		},
	}
}
