package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// MissingMemoryRequest fails containers without a memory request.
func MissingMemoryRequest() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-memory-request",
			Title:    "Container does not say how much memory it needs",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The scheduler counts it as nothing and fills the node; when memory runs short, pods that use more than they " +
				"asked for are the first to be evicted.",
			Remediation: "Set resources.requests.memory to what the container normally uses.",
			References:  []model.Reference{model.CWE("CWE-770"), model.Docs("concepts/configuration/manage-resources-containers/")},
		},
		On:  workload.Kinds(),
		Run: func(c *check.Case) { requireResource(c, requests, corev1.ResourceMemory) },
	}
}
