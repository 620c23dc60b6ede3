package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// PrivilegedContainer fails containers that run privileged.
func PrivilegedContainer() check.Check {
	official := policy.CheckPrivileged()
	return check.Check{
		Control: model.Control{
			ID:       "privileged-container",
			Title:    "Container runs privileged",
			Layer:    model.LayerWorkload,
			Severity: model.High,
			Rationale: "A privileged container has every capability, every device of the node and no seccomp, AppArmor or SELinux confinement: " +
				"whoever runs code in it owns the node, and with it the credentials of every pod there.",
			Remediation: "Remove privileged, or set it to false; add the one capability or mount the one device that is needed instead.",
			References:  []model.Reference{model.PSS("Privileged Containers"), model.CIS("5.2.2"), model.NSA("Pod security"), model.MITRE("T1611"), model.CWE("CWE-250")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for container := range p.forbidden() {
					path := container.Path + ".securityContext.privileged"
					failure := p.fail(container.Name, "container %s runs privileged", container.Name).In(container.Object, path, true)
					if p.fixable(container) {
						failure.Fix(3, "run container "+container.Name+" without privileges", check.Set(container.Object, path, false))
					}
				}
			})
		},
	}
}
