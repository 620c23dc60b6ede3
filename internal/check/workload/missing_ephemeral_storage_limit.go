package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// MissingEphemeralStorageLimit fails containers without a ephemeral storage limit.
func MissingEphemeralStorageLimit() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-ephemeral-storage-limit",
			Title:    "Container can fill the disk of its node",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "Logs, the writable layer and emptyDir volumes stand on the disk of the node. When it is full the kubelet evicts " +
				"pods, also those that did not fill it, and takes no new ones.",
			Remediation: "Set resources.limits.ephemeral-storage, or give the namespace a LimitRange with a default.",
			References:  []model.Reference{model.NSA("Resource policies"), model.MITRE("T1499"), model.CWE("CWE-770"), model.Docs("concepts/storage/ephemeral-storage/")},
		},
		On:  workload.Kinds(),
		Run: func(c *check.Case) { requireResource(c, limits, corev1.ResourceEphemeralStorage) },
	}
}
