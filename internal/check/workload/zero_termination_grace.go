package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ZeroTerminationGrace fails pods that are killed without a chance to finish.
func ZeroTerminationGrace() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "zero-termination-grace",
			Title:    "Pods are killed without time to finish",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Every rollout, drain and eviction cuts off open requests and half-written files. For a StatefulSet it can start " +
				"a second pod of one identity while the first still runs.",
			Remediation: "Remove terminationGracePeriodSeconds (30 seconds), or set what the application needs to end.",
			References:  []model.Reference{model.Docs("concepts/workloads/pods/pod-lifecycle/#pod-termination")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if grace := w.Spec.TerminationGracePeriodSeconds; grace != nil && *grace == 0 {
				path := w.Path + ".terminationGracePeriodSeconds"
				c.Fail("", "the pods get no time between the signal and the kill").
					At(path, grace).
					Fix(1, "Give the pods 30 seconds", check.Remove(c.Object, path))
			}
		},
	}
}
