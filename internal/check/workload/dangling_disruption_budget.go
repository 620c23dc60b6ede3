package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// DanglingDisruptionBudget fails budgets that select no pods.
func DanglingDisruptionBudget() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "dangling-disruption-budget",
			Title:       "Disruption budget selects no pods",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The pods that it was written for are not protected: a drain may evict all of them at once.",
			Remediation: "Copy the labels of the pod template into the selector, or delete the budget.",
			References:  []model.Reference{model.Docs("tasks/run-application/configure-pdb/")},
		},
		On: []string{"policy/PodDisruptionBudget"},
		Run: func(c *check.Case) {
			pdb, err := kinds.PodDisruptionBudgets.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if len(guarded(c.View, c.Object, pdb)) > 0 || workload.PodsSelected(c.View, c.Object.Namespace, pdb.Spec.Selector) {
				return
			}
			if !workload.Complete(c.View, c.Object.Namespace) {
				return
			}
			message := "it has no selector"
			if pdb.Spec.Selector != nil {
				message = "no workload of namespace " + c.Object.Namespace + " has the labels " + check.Text(selectorText(pdb.Spec.Selector))
			}
			c.Fail("", "%s", message).At("spec.selector", selectorText(pdb.Spec.Selector))
		},
	}
}
