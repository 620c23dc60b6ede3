package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// InvalidImageName fails images whose name no registry can have.
func InvalidImageName() check.Check {
	return check.Check{
		Control: model.Control{
			ID:        "invalid-image-name",
			Title:     "Image name is not valid",
			Layer:     model.LayerWorkload,
			Severity:  model.Low,
			Rationale: "The API server takes most such names, the kubelet does not: the pods stay in InvalidImageName.",
			Remediation: "Write REGISTRY/REPOSITORY:TAG@DIGEST; repositories are lower-case, a tag has at most 128 letters, digits, dots, " +
				"hyphens and underscores, a SHA-256 digest 64 hexadecimal digits.",
			References: []model.Reference{model.Docs("concepts/containers/images/#image-names")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for use := range images(c.Workload()) {
				if !validImage(use.image) {
					c.Fail(use.key, "%s: %q is no name of an image", use.what(), use.image).In(use.object, use.path(), use.image)
				}
			}
		},
	}
}
