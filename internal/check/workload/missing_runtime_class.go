package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingRuntimeClass fails workloads that refer to a RuntimeClass that does not exist.
func MissingRuntimeClass() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-runtime-class",
			Title:    "Workload names a runtime class that does not exist",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The API server refuses the pods; and whoever creates the class with another handler decides that they run " +
				"without the sandbox that was meant.",
			Remediation: "Create the RuntimeClass, or correct runtimeClassName.",
			References:  []model.Reference{model.Docs("concepts/containers/runtime-class/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			name := w.Spec.RuntimeClassName
			if name == nil || *name == "" {
				return
			}
			if _, _, presence := snapshot.Get(c.View, kinds.RuntimeClasses, "", *name); presence == snapshot.Absent {
				dangling(c, "RuntimeClass", *name, c.Object, w.Path+".runtimeClassName")
			}
		},
	}
}
