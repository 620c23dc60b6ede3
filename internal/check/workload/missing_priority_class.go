package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingPriorityClass fails workloads that refer to a PriorityClass that does not
// exist.
func MissingPriorityClass() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "missing-priority-class",
			Title:       "Workload names a priority class that does not exist",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The API server refuses the pods. Whoever creates the class decides what the pods may push out.",
			Remediation: "Create the PriorityClass, or correct priorityClassName.",
			References:  []model.Reference{model.Docs("concepts/scheduling-eviction/pod-priority-preemption/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			name := w.Spec.PriorityClassName
			if name == "" || name == "system-cluster-critical" || name == "system-node-critical" {
				return
			}
			if _, _, presence := snapshot.Get(c.View, kinds.PriorityClasses, "", name); presence == snapshot.Absent {
				dangling(c, "PriorityClass", name, c.Object, w.Path+".priorityClassName")
			}
		},
	}
}
