package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// PodSecurityDefaultPrivileged fails configurations of Pod Security whose
// default does not refuse anything.
func PodSecurityDefaultPrivileged() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "pod-security-default-privileged",
			Title:    "Namespaces without a label may run privileged pods",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Where nobody labels a namespace, privileged pods are admitted. Everybody who may make a namespace, or a pod in " +
				"one that was forgotten, may take a node over.",
			Remediation: "Set defaults.enforce to baseline (or restricted), and label the namespaces that need more.",
			References:  []model.Reference{model.CIS("5.2.1"), model.NSA("Pod security"), model.MITRE("T1610"), model.Docs("tasks/configure-pod-container/enforce-standards-admission-controller/")},
		},
		On: podSecurityKinds(),
		Run: judgePodSecurity(func(c *check.Case, config *podSecurityConfig, path model.Path) {
			if config.Defaults.Enforce != "" && config.Defaults.Enforce != "privileged" {
				return
			}
			c.Fail("", "namespaces without a label are not restricted").At(path.Join("defaults.enforce"), config.Defaults.Enforce).
				Fix(3, "Set the default to baseline", check.Set(c.Object, path.Join("defaults.enforce"), "baseline"))
		}),
	}
}
