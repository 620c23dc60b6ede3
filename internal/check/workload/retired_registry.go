package workload

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RetiredRegistry fails images from places that are no longer updated.
func RetiredRegistry() check.Check {
	return check.Check{
		Control: model.Control{
			ID:        "retired-registry",
			Title:     "Image comes from a registry that is no longer updated",
			Layer:     model.LayerWorkload,
			Severity:  model.Medium,
			Rationale: "What stands there is frozen: security fixes are published elsewhere, and the images can disappear any day.",
			Remediation: "Use the place that replaced it (registry.k8s.io for k8s.gcr.io and the old Google projects), in a version that " +
				"is maintained.",
			References: []model.Reference{model.CWE("CWE-1104"), model.Docs("concepts/containers/images/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for use := range images(c.Workload()) {
				registry, rest := splitImage(use.image)
				old, successor := retired(registry, rest)
				if old == "" {
					continue
				}
				failure := c.Fail(use.key, "%s uses %s; %s is no longer updated", use.what(), use.image, old).In(use.object, use.path(), use.image)
				if successor != "" && use.own {
					failure.Fix(1, "Use "+successor, check.Set(use.object, use.path(), successor+"/"+strings.TrimPrefix(rest, project(old))))
				}
			}
		},
	}
}

// project is what follows the registry in the name of a retired place, with its slash.
func project(place string) string {
	if _, project, ok := strings.Cut(place, "/"); ok {
		return project + "/"
	}
	return ""
}

// retired names the frozen place that an image comes from, or "", and the one that
// has the same images under the same names, if there is one.
func retired(registry, rest string) (place, successor string) {
	switch project, _, _ := strings.Cut(rest, "/"); registry {
	case "k8s.gcr.io":
		return registry, "registry.k8s.io"
	case "gcr.io", "eu.gcr.io", "us.gcr.io", "asia.gcr.io":
		switch project {
		case "google-containers", "google_containers":
			return registry + "/" + project, "registry.k8s.io"
		case "kubernetes-helm", "kubebuilder", "knative-releases":
			return registry + "/" + project, ""
		}
	case "docker.pkg.github.com":
		return registry, ""
	case "", "docker.io", "registry-1.docker.io", "index.docker.io":
		if project == "bitnamilegacy" {
			return "docker.io/bitnamilegacy", ""
		}
	}
	return "", ""
}
