package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// UndefinedVariable fails references to variables that are not defined where they are
// used.
func UndefinedVariable() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "undefined-variable",
			Title:    "Reference to a variable that is not defined",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The kubelet leaves $(NAME) as it stands: the application gets the reference in place of a value, as a password " +
				"or an address for instance.",
			Remediation: "Define the variable, before the ones that use it; write $$(NAME) where the text itself is meant.",
			References:  []model.Reference{model.Docs("tasks/inject-data-application/define-interdependent-environment-variables/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Containers {
				undefinedVariables(c, w, &w.Containers[i])
			}
		},
	}
}
