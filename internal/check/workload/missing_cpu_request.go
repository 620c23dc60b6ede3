package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// MissingCpuRequest fails containers without a cpu request.
func MissingCpuRequest() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-cpu-request",
			Title:    "Container does not say how much CPU it needs",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The scheduler counts it as nothing, and under load it gets next to no time; a busy neighbour starves it. A " +
				"request is also what protects neighbours from it, so that Holdfast asks for requests and not for CPU limits, " +
				"which only throttle.",
			Remediation: "Set resources.requests.cpu to what the container normally uses.",
			References:  []model.Reference{model.CWE("CWE-770"), model.Docs("concepts/configuration/manage-resources-containers/")},
		},
		On:  workload.Kinds(),
		Run: func(c *check.Case) { requireResource(c, requests, corev1.ResourceCPU) },
	}
}
