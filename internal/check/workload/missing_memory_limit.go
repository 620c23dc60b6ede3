package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// MissingMemoryLimit fails containers without a memory limit.
func MissingMemoryLimit() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-memory-limit",
			Title:    "Container can use all memory of its node",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "One container that leaks, or that an attacker feeds, takes the memory of its node until the kernel or the " +
				"kubelet kills something, which can be any pod there.",
			Remediation: "Set resources.limits.memory to what the container needs at its peak, best equal to the request; or give the " +
				"namespace a LimitRange with a default.",
			References: []model.Reference{model.NSA("Resource policies"), model.MITRE("T1499"), model.CWE("CWE-770"), model.Docs("concepts/configuration/manage-resources-containers/")},
		},
		On:  workload.Kinds(),
		Run: func(c *check.Case) { requireResource(c, limits, corev1.ResourceMemory) },
	}
}
