package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// MissingLivenessProbe fails containers that nothing restarts when they hang.
func MissingLivenessProbe() check.Check {
	return check.Check{
		Control: model.Control{
			ID:        "missing-liveness-probe",
			Title:     "Container has no liveness probe",
			Layer:     model.LayerWorkload,
			Severity:  model.Info,
			Rationale: "A process that hangs without ending keeps its place and serves nobody until a person notices.",
			Remediation: "Add a livenessProbe that fails only when a restart helps, with a failureThreshold that outlasts a slow moment. " +
				"Leave it out where the process ends by itself when it cannot go on.",
			References: []model.Reference{model.Docs("tasks/configure-pod-container/configure-liveness-readiness-startup-probes/")},
		},
		On: longRunning(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if !runsForGood(w) {
				c.Skip()
				return
			}
			for i := range w.Containers {
				container := &w.Containers[i]
				if container.Type == workload.Regular && container.LivenessProbe == nil && !container.Injected(w) {
					c.Fail(container.Name, "container %s has no liveness probe", container.Name).
						In(container.Object, container.Path+".livenessProbe", nil)
				}
			}
		},
	}
}
