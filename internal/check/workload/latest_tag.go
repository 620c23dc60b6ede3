package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// LatestTag fails images that have the tag "latest" or none.
func LatestTag() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "latest-tag",
			Title:    "Image has the tag latest, or none",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "What runs is whatever the registry holds when a node pulls: two pods of one workload can run different code, " +
				"a rollback does not roll back, and whoever can push to the repository changes production without a deployment.",
			Remediation: "Name the version, and best also its digest: registry.example/app:1.4.2@sha256:….",
			References:  []model.Reference{model.NSA("Pod security"), model.CWE("CWE-1357"), model.Docs("concepts/containers/images/#image-names")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for use := range images(c.Workload()) {
				if floating(use.image) {
					c.Fail(use.key, "%s uses %s", use.what(), use.image).In(use.object, use.path(), use.image)
				}
			}
		},
	}
}
