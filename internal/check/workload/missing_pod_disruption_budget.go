package workload

import (
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// MissingPodDisruptionBudget fails workloads of several pods that may all be evicted at
// once.
func MissingPodDisruptionBudget() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "missing-pod-disruption-budget",
			Title:       "Several replicas, and no disruption budget",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "A drain of several nodes, as in every upgrade of a cluster, may evict all of its pods at the same time.",
			Remediation: "Create a PodDisruptionBudget that selects the pods, with maxUnavailable: 1.",
			References:  []model.Reference{model.Docs("tasks/run-application/configure-pdb/")},
		},
		On: replicated(),
		Run: func(c *check.Case) {
			w := c.Workload()
			number, known := replicas(c, w)
			if !known {
				return
			}
			if number < 2 {
				c.Skip()
				return
			}
			if len(budgets.Of(c.View, c.Object.Namespace)[c.Object]) == 0 && len(c.Missing()) == 0 {
				atReplicas(c, w, c.Fail("", "no PodDisruptionBudget selects its %d pods", number)).
					At(w.MetaPath+".labels", labels.Set(w.Meta.Labels).String())
			}
		},
	}
}
