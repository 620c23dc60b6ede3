package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// DebugContainer fails workloads in whose running pods somebody left a debug container.
func DebugContainer() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "debug-container",
			Title:    "Debug container was added to a running pod",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "It was put there by hand, past review and rollout, with tools that the image leaves out on purpose, and stays " +
				"until the pod is deleted.",
			Remediation: "Find out who added it (audit log: pods/ephemeralcontainers), then delete the pod so that it is made anew.",
			References:  []model.Reference{model.MITRE("T1609"), model.Docs("concepts/workloads/pods/ephemeral-containers/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Containers {
				if container := &w.Containers[i]; container.Type == workload.Ephemeral {
					c.Fail(container.Name, "pod %s has the debug container %s with image %s", container.Object.Name, container.Name, container.Image).
						In(container.Object, container.Path+".image", container.Image)
				}
			}
		},
	}
}
