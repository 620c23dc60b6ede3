package workload

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingAutoscalerTarget fails autoscalers of something that does not exist.
func MissingAutoscalerTarget() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "missing-autoscaler-target",
			Title:       "Autoscaler scales something that does not exist",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "What it was written for keeps its number of pods, whatever the load.",
			Remediation: "Correct apiVersion, kind and name of scaleTargetRef, or delete the autoscaler.",
			References:  []model.Reference{model.Docs("tasks/run-application/horizontal-pod-autoscale/")},
		},
		On: []string{"autoscaling/HorizontalPodAutoscaler"},
		Run: func(c *check.Case) {
			hpa, err := kinds.HorizontalPodAutoscalers.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			of := targetOf(hpa)
			id := model.ID{Cluster: c.Object.Cluster, Group: of.group, Kind: of.kind, Namespace: c.Object.Namespace, Name: of.name}
			if _, presence := c.Find(id); presence == snapshot.Absent {
				c.Fail("", "%s %s is not in namespace %s", of.kind, of.name, c.Object.Namespace).
					At("spec.scaleTargetRef.name", of.name).
					At("spec.scaleTargetRef.apiVersion", hpa.Spec.ScaleTargetRef.APIVersion)
			}
		},
	}
}
