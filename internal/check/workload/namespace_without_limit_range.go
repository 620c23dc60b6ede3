package workload

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NamespaceWithoutLimitRange fails namespaces in which workloads run and no LimitRange
// gives containers defaults.
func NamespaceWithoutLimitRange() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "namespace-without-limit-range",
			Title:    "Namespace that runs workloads has no limit range",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "A container that says nothing about resources may take all of its node. A LimitRange gives it defaults, and " +
				"refuses those that ask for too much.",
			Remediation: "Create a LimitRange of type Container with default, defaultRequest and max for memory.",
			References:  []model.Reference{model.NSA("Resource policies"), model.CWE("CWE-770"), model.Docs("concepts/policy/limit-range/")},
		},
		On: []string{"Namespace"},
		Run: func(c *check.Case) {
			if !runsWorkloads(c) {
				return
			}
			ranges, complete := snapshot.List(c.View, kinds.LimitRanges, c.Object.Name)
			for range ranges {
				return
			}
			if complete {
				c.Fail("", "no LimitRange is in namespace %s", c.Object.Name).At("metadata.name", c.Object.Name)
			}
		},
	}
}
