package workload

import (
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// BlockingDisruptionBudget fails budgets that never let a pod be evicted.
func BlockingDisruptionBudget() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "blocking-disruption-budget",
			Title:    "Disruption budget lets no pod be evicted",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Draining a node waits for ever: nodes are not updated, security fixes of kernel and kubelet included, or " +
				"somebody forces the eviction and the budget protected nothing.",
			Remediation: "Set maxUnavailable: 1 instead, and run more replicas than may be unavailable.",
			References:  []model.Reference{model.Docs("tasks/run-application/configure-pdb/")},
		},
		On: []string{"policy/PodDisruptionBudget"},
		Run: func(c *check.Case) {
			pdb, err := kinds.PodDisruptionBudgets.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if most := pdb.Spec.MaxUnavailable; most != nil {
				if most.String() == "0" || most.String() == "0%" {
					openBudget(c, c.Fail("", "at most %s of the pods may be unavailable", most).At("spec.maxUnavailable", most.String()))
				}
				return
			}
			least := pdb.Spec.MinAvailable
			if least == nil {
				return // as if it were 1, which the API server writes nowhere
			}
			if least.String() == "100%" {
				openBudget(c, c.Fail("", "all of the pods must be available").At("spec.minAvailable", "100%"))
				return
			}
			total, known := guardedPods(c, pdb)
			if !known || total == 0 {
				return
			}
			if needed, err := intstr.GetScaledValueFromIntOrPercent(least, total, true); err == nil && needed >= total {
				openBudget(c, c.Fail("", "%s of %d pods must be available", least, total).At("spec.minAvailable", least.String()))
			}
		},
	}
}

func openBudget(c *check.Case, failure check.Failure) {
	failure.Fix(1, "Let one pod at a time be evicted",
		check.Remove(c.Object, "spec.minAvailable"), check.Set(c.Object, "spec.maxUnavailable", 1))
}

// guardedPods counts the pods that a budget selects at least. Pods of DaemonSets
// and Jobs do not count: drains leave the former, and wait for the latter.
func guardedPods(c *check.Case, pdb *policyv1.PodDisruptionBudget) (int, bool) {
	if !workload.Complete(c.View, c.Object.Namespace) {
		return 0, false
	}
	total := 0
	for _, w := range guarded(c.View, c.Object, pdb) {
		switch w.Object.Kind {
		case "Deployment", "StatefulSet", "ReplicaSet", "ReplicationController":
			number, known := replicas(c, w)
			if !known {
				return 0, false
			}
			total += int(number)
		case "Pod":
			total++
		}
	}
	return total, true
}
