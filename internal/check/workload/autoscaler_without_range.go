package workload

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// AutoscalerWithoutRange fails autoscalers that cannot scale.
func AutoscalerWithoutRange() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "autoscaler-without-range",
			Title:       "Autoscaler has no room to scale",
			Layer:       model.LayerWorkload,
			Severity:    model.Info,
			Rationale:   "Minimum and maximum are the same: load is never answered with more pods, though it looks as if it were.",
			Remediation: "Raise maxReplicas or lower minReplicas; or delete the autoscaler and set replicas.",
			References:  []model.Reference{model.Docs("tasks/run-application/horizontal-pod-autoscale/")},
		},
		On: []string{"autoscaling/HorizontalPodAutoscaler"},
		Run: func(c *check.Case) {
			hpa, err := kinds.HorizontalPodAutoscalers.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			least := int32(1)
			if hpa.Spec.MinReplicas != nil {
				least = *hpa.Spec.MinReplicas
			}
			if least >= hpa.Spec.MaxReplicas {
				c.Fail("", "it keeps between %d and %d pods", least, hpa.Spec.MaxReplicas).
					At("spec.minReplicas", hpa.Spec.MinReplicas).
					At("spec.maxReplicas", hpa.Spec.MaxReplicas)
			}
		},
	}
}
