package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ShareProcessNamespace fails pods of several containers that see each other's
// processes.
func ShareProcessNamespace() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "share-process-namespace",
			Title:    "Containers of the pod see each other's processes",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "A container that is broken into reads the environment and, through /proc, the files of the others that run as the same user, " +
				"secrets included, and can signal their processes.",
			Remediation: "Remove shareProcessNamespace; let containers work together through a volume or localhost.",
			References:  []model.Reference{model.CWE("CWE-653"), model.Docs("tasks/configure-pod-container/share-process-namespace/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if share := w.Spec.ShareProcessNamespace; share != nil && *share && len(w.Containers) > 1 {
				path := w.Path + ".shareProcessNamespace"
				c.Fail("", "the pod's %d containers share one process namespace", len(w.Containers)).At(path, share).
					Fix(3, "keep the containers' processes apart", check.Set(c.Object, path, false))
			}
		},
	}
}
