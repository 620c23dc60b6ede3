package workload

import (
	"slices"

	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// PrivilegeEscalation fails containers whose processes may gain privileges.
func PrivilegeEscalation() check.Check {
	official := policy.CheckAllowPrivilegeEscalation()
	return check.Check{
		Control: model.Control{
			ID:       "privilege-escalation",
			Title:    "Container's processes may gain privileges",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Unless it is forbidden, a set-user-ID file or a file capability in the image makes root of whoever runs code in the container, " +
				"even where the application runs as another user.",
			Remediation: "Set securityContext.allowPrivilegeEscalation: false in every container; it is true when it is left out.",
			References:  []model.Reference{model.PSS("Privilege Escalation"), model.CIS("5.2.6"), model.NSA("Pod security"), model.CWE("CWE-269")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for container := range p.forbidden() {
					p.failEscalation(container)
				}
			})
		},
	}
}

func (p *pod) failEscalation(c *workload.Container) {
	path := c.Path + ".securityContext.allowPrivilegeEscalation"
	message, value := "container %s does not set allowPrivilegeEscalation: false", (*bool)(nil)
	if c.SecurityContext != nil && c.SecurityContext.AllowPrivilegeEscalation != nil {
		message, value = "container %s sets allowPrivilegeEscalation: true", c.SecurityContext.AllowPrivilegeEscalation
	}
	failure := p.fail(c.Name, message, c.Name).In(c.Object, path, value)
	if !p.fixable(c) || p.windows() {
		return
	}
	// The API server refuses allowPrivilegeEscalation: false beside these settings.
	switch s := c.SecurityContext; {
	case s != nil && s.Capabilities != nil && slices.Contains(s.Capabilities.Add, "CAP_SYS_ADMIN"):
	case s != nil && s.Privileged != nil && *s.Privileged:
		failure.Fix(3, "run container "+c.Name+" without privileges, and let its processes gain none",
			check.Set(c.Object, c.Path+".securityContext.privileged", false), check.Set(c.Object, path, false))
	default:
		failure.Fix(1, "let the processes of container "+c.Name+" gain no privileges", check.Set(c.Object, path, false))
	}
}
