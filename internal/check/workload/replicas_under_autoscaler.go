package workload

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ReplicasUnderAutoscaler fails workloads that write a number of replicas which an
// autoscaler decides.
func ReplicasUnderAutoscaler() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "replicas-under-autoscaler",
			Title:    "Number of replicas is written, and an autoscaler decides it",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Each time the manifest is applied the workload is set back to that number, under load too, until the autoscaler " +
				"notices.",
			Remediation: "Remove spec.replicas from the manifest.",
			References:  []model.Reference{model.Docs("tasks/run-application/horizontal-pod-autoscale/")},
		},
		On: replicated(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if !c.Object.InFile() {
				c.Skip() // in a running cluster the field is always set
				return
			}
			scaler, known := scaledBy(c, w)
			if scaler.object == nil {
				if known {
					c.Skip()
				}
				return
			}
			if c.Object.Origin.Lines.Has("spec.replicas") {
				c.Fail("", "replicas is %d, and HorizontalPodAutoscaler %s sets it too", w.Replicas, scaler.Name).
					At("spec.replicas", w.Replicas).
					In(scaler.object, "spec.scaleTargetRef.name", scaler.Spec.ScaleTargetRef.Name)
			}
		},
	}
}
