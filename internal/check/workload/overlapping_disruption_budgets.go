package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// OverlappingDisruptionBudgets fails budgets that select pods which another budget
// selects too.
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
		On: []string{"policy/PodDisruptionBudget"},
		Run: func(c *check.Case) {
			pdb, err := kinds.PodDisruptionBudgets.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			for _, w := range guarded(c.View, c.Object, pdb) {
				for _, other := range budgets.Of(c.View, c.Object.Namespace)[w.Object] {
					// Of two, the one that sorts later is judged.
					if other.Name >= pdb.Name {
						continue
					}
					if _, ok := c.Failed(other.Name); ok {
						continue
					}
					other.atSelector(c.Fail(other.Name, "it and PodDisruptionBudget %s select the pods of %s", other.Name, w.Object.ID).
						At("spec.selector", selectorText(pdb.Spec.Selector)))
				}
			}
			workload.Complete(c.View, c.Object.Namespace) // what else it selects must be known to pass
		},
	}
}
