package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ImageWithoutRegistry fails images whose name does not say where they come from.
func ImageWithoutRegistry() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "image-without-registry",
			Title:    "Image name does not say from which registry",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "The runtime of each node decides where to look: docker.io for most, a list of registries for others, of which an " +
				"attacker may own the name in one that is asked earlier.",
			Remediation: "Write the registry: docker.io/library/nginx:1.27.1, or better one that you mirror images to.",
			References:  []model.Reference{model.CWE("CWE-427"), model.Docs("concepts/containers/images/#image-names")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for use := range images(c.Workload()) {
				if registry, _ := splitImage(use.image); registry == "" {
					c.Fail(use.key, "%s uses %s", use.what(), use.image).In(use.object, use.path(), use.image)
				}
			}
		},
	}
}
