package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// OverlappingDisruptionBudgets fails workloads whose pods several budgets select.
func OverlappingDisruptionBudgets() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "overlapping-disruption-budgets",
			Title:       "Several disruption budgets select the same pods",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The eviction API refuses to evict a pod that two budgets select, whatever they allow: nodes cannot be drained.",
			Remediation: "Keep one PodDisruptionBudget for each pod, and make the selectors exclude each other.",
			References:  []model.Reference{model.Docs("tasks/run-application/configure-pdb/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			of := budgets.Of(c.View, c.Object.Namespace)[c.Object]
			if len(of) < 2 {
				return
			}
			failure := c.Fail("", "%d PodDisruptionBudgets select its pods, %s and %s among them", len(of), of[0].Name, of[1].Name)
			for _, budget := range of {
				budget.atSelector(failure)
			}
		},
	}
}
