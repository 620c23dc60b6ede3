package workload

import (
	policyv1 "k8s.io/api/policy/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// BrokenPodsBlockEviction fails budgets that keep pods which do not work from being
// evicted.
func BrokenPodsBlockEviction() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "broken-pods-block-eviction",
			Title:    "Disruption budget protects pods that do not work",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "When too few pods are ready, also those that crash may not be evicted: draining a node waits for an application " +
				"that is broken already.",
			Remediation: "Set unhealthyPodEvictionPolicy: AlwaysAllow.",
			References:  []model.Reference{model.Docs("tasks/run-application/configure-pdb/")},
		},
		On: []string{"policy/PodDisruptionBudget"},
		Run: func(c *check.Case) {
			pdb, err := kinds.PodDisruptionBudgets.Read(c.Object)
			switch {
			case err != nil:
				c.Unknown()
			case !c.Settings().Version.AtLeast(27):
				c.Skip()
			case pdb.Spec.UnhealthyPodEvictionPolicy == nil || *pdb.Spec.UnhealthyPodEvictionPolicy == policyv1.IfHealthyBudget:
				c.Fail("", "pods that are not ready are evicted only while enough others are").
					At("spec.unhealthyPodEvictionPolicy", (*string)(pdb.Spec.UnhealthyPodEvictionPolicy)).
					Fix(1, "Let pods that do not work be evicted", check.Set(c.Object, "spec.unhealthyPodEvictionPolicy", policyv1.AlwaysAllow))
			}
		},
	}
}
