package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ImageWithoutDigest fails images that are not named by their digest.
func ImageWithoutDigest() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "image-without-digest",
			Title:    "Image is not pinned by its digest",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "A tag can be moved: whoever can push to the repository, or answers for the registry, decides what the next pod " +
				"runs, and a signature or a scan that was made of yesterday's image says nothing about today's.",
			Remediation: "Append the digest that was tested: registry.example/app:1.4.2@sha256:…. Build pipelines and Renovate can keep it " +
				"current; an admission policy can write it in.",
			References: []model.Reference{model.NSA("Pod security"), model.MITRE("T1525"), model.CWE("CWE-494"), model.Docs("concepts/containers/images/#image-names")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for use := range images(c.Workload()) {
				if _, digest := imageVersion(use.image); !digest {
					c.Fail(use.key, "%s uses %s", use.what(), use.image).In(use.object, use.path(), use.image)
				}
			}
		},
	}
}
