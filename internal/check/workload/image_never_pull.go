package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ImageNeverPull fails images that must already be on the node.
func ImageNeverPull() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "image-never-pull",
			Title:    "Image must already be on the node",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "What runs is whatever somebody put on the node under this name: nothing asks the registry, its credentials or a " +
				"signature. On a node without it the pod does not start.",
			Remediation: "Push the image to a registry and set imagePullPolicy: IfNotPresent. Never is for development machines.",
			References:  []model.Reference{model.CWE("CWE-494"), model.MITRE("T1525"), model.Docs("concepts/containers/images/#image-pull-policy")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for use := range images(c.Workload()) {
				if use.policy != corev1.PullNever {
					continue
				}
				path := use.holder + policyField(use)
				failure := c.Fail(use.key, "%s uses %s, which is never pulled", use.what(), use.image).In(use.object, path, use.policy)
				if use.own {
					failure.Fix(2, "Pull the image when the node lacks it", check.Set(use.object, path, corev1.PullIfNotPresent))
				}
			}
		},
	}
}
