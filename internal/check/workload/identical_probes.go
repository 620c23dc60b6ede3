package workload

import (
	"reflect"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IdenticalProbes fails containers that are restarted by the very probe that takes them
// out of service.
func IdenticalProbes() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "identical-probes",
			Title:    "Liveness probe is no more patient than the same readiness probe",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Under load the container fails both at once: instead of being given a pause it is killed, its load moves to the " +
				"others, and they follow.",
			Remediation: "Give the livenessProbe a higher failureThreshold or periodSeconds, or let it ask for less than the " +
				"readinessProbe does.",
			References: []model.Reference{model.Docs("tasks/configure-pod-container/configure-liveness-readiness-startup-probes/")},
		},
		On: longRunning(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Containers {
				container := &w.Containers[i]
				live, ready := container.LivenessProbe, container.ReadinessProbe
				if live == nil || ready == nil || live.PeriodSeconds*live.FailureThreshold > ready.PeriodSeconds*ready.FailureThreshold ||
					!reflect.DeepEqual(live.ProbeHandler, ready.ProbeHandler) {
					continue
				}
				c.Fail(container.Name, "container %s is killed after %d s of what makes it unready after %d s", container.Name,
					live.PeriodSeconds*live.FailureThreshold, ready.PeriodSeconds*ready.FailureThreshold).
					In(container.Object, container.Path+".livenessProbe.failureThreshold", live.FailureThreshold).
					In(container.Object, container.Path+".readinessProbe.failureThreshold", ready.FailureThreshold)
			}
		},
	}
}
