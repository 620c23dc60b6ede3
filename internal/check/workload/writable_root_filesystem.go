package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// WritableRootFilesystem fails containers that can write to their own image's
// files. Windows has no such setting, and an ephemeral container is there to
// debug.
func WritableRootFilesystem() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "writable-root-filesystem",
			Title:    "Container can write to its root file system",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Whoever gets into the application can replace its binaries and configuration and leave tools there; " +
				"what is written is lost with the container and fills the node's disk.",
			Remediation: "Set securityContext.readOnlyRootFilesystem: true, and mount an emptyDir where the application writes (/tmp, caches).",
			References:  []model.Reference{model.NSA("Pod security"), model.CIS("5.6.3"), model.CWE("CWE-732"), model.Docs("tasks/configure-pod-container/security-context/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if w.Windows() {
				c.Skip()
				return
			}
			for i := range w.Containers {
				if container := &w.Containers[i]; container.Type != workload.Ephemeral {
					failWritableRoot(c, w, container)
				}
			}
		},
	}
}

func failWritableRoot(c *check.Case, w *workload.Workload, container *workload.Container) {
	s := container.SecurityContext
	if s != nil && s.ReadOnlyRootFilesystem != nil && *s.ReadOnlyRootFilesystem {
		return
	}
	path := container.Path + ".securityContext.readOnlyRootFilesystem"
	message, value := "container %s does not set readOnlyRootFilesystem: true", (*bool)(nil)
	if s != nil && s.ReadOnlyRootFilesystem != nil {
		message, value = "container %s sets readOnlyRootFilesystem: false", s.ReadOnlyRootFilesystem
	}
	failure := c.Fail(container.Name, message, container.Name).In(container.Object, path, value)
	if !container.Injected(w) {
		failure.Fix(2, "make the root file system of container "+container.Name+" read-only", check.Set(container.Object, path, true))
	}
}
