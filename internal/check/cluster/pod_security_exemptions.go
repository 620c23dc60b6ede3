package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// PodSecurityExemptions fails exemptions of users and runtime classes, and of
// namespaces that are not of the system.
func PodSecurityExemptions() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "pod-security-exemptions",
			Title:    "Users, runtime classes or namespaces are exempt from Pod Security",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "An exempt user makes pods of any kind in every namespace; as controllers make most pods, exempting one of theirs " +
				"exempts everybody. An exempt runtime class is a name that everybody may write into a pod.",
			Remediation: "Keep exemptions to the namespaces of the control plane, such as kube-system, and label other namespaces instead.",
			References:  []model.Reference{model.CIS("5.2.1"), model.NSA("Pod security"), model.CWE("CWE-862"), model.Docs("tasks/configure-pod-container/enforce-standards-admission-controller/")},
		},
		On: podSecurityKinds(),
		Run: judgePodSecurity(func(c *check.Case, config *podSecurityConfig, path model.Path) {
			path = path.Join("exemptions")
			for i, name := range config.Exemptions.Usernames {
				c.Fail("user "+name, "user %s may make any pod", name).At((path + ".usernames").Index(i), name)
			}
			for i, name := range config.Exemptions.RuntimeClasses {
				c.Fail("runtime class "+name, "whoever names runtime class %s may make any pod", name).At((path + ".runtimeClasses").Index(i), name)
			}
			for i, name := range config.Exemptions.Namespaces {
				if !strings.HasPrefix(name, "kube-") {
					c.Fail("namespace "+name, "any pod may run in namespace %s", name).At((path + ".namespaces").Index(i), name).Severity(model.Low)
				}
			}
		}),
	}
}
