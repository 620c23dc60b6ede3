package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ImagePullPolicy fails images with a moving tag that are not pulled each time.
func ImagePullPolicy() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "image-pull-policy",
			Title:    "Image with a moving tag is not pulled again",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Each node keeps the image that it pulled first under this tag: replicas run different code, a fix that was " +
				"pushed reaches only some of them, and what a node got once from a repository that was tampered with stays.",
			Remediation: "Name a version or a digest, for which IfNotPresent is right; or else set imagePullPolicy: Always.",
			References:  []model.Reference{model.CWE("CWE-494"), model.Docs("concepts/containers/images/#image-pull-policy")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for use := range images(c.Workload()) {
				if use.policy != corev1.PullIfNotPresent || !floating(use.image) {
					continue
				}
				failure := c.Fail(use.key, "%s uses %s as each node has it", use.what(), use.image).
					In(use.object, use.holder+policyField(use), use.policy).
					In(use.object, use.path(), use.image)
				if use.own {
					failure.Fix(1, "Pull the image each time", check.Set(use.object, use.holder+policyField(use), corev1.PullAlways))
				}
			}
		},
	}
}

func policyField(use imageUse) model.Path {
	if use.volume() {
		return ".pullPolicy"
	}
	return ".imagePullPolicy"
}
