package workload

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// LatestTag fails containers whose image has the tag "latest" or none.
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
			for _, container := range c.Workload().Containers {
				if tag, digest := imageVersion(container.Image); container.Image != "" && !digest && (tag == "" || tag == "latest") {
					c.Fail(container.Name, "container %s runs %s", container.Name, container.Image).
						In(container.Object, container.Path+".image", container.Image)
				}
			}
		},
	}
}

// imageVersion returns the tag of an image reference and whether it has a digest.
func imageVersion(image string) (tag string, digest bool) {
	name, _, digest := strings.Cut(image, "@")
	if _, tag, ok := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ":"); ok {
		return tag, digest
	}
	return "", digest
}
