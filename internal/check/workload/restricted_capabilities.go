package workload

import (
	"slices"

	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RestrictedCapabilities fails containers that add a capability of the default
// set, which the baseline level allows and the restricted level does not.
func RestrictedCapabilities() check.Check {
	official, baseline := policy.CheckCapabilitiesRestricted(), policy.CheckCapabilitiesBaseline()
	return check.Check{
		Control: model.Control{
			ID:       "restricted-capabilities",
			Title:    "Container adds a default capability other than NET_BIND_SERVICE",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The default set is written for running as root: with DAC_OVERRIDE, SETUID or CHOWN in hand an attacker changes files and users " +
				"as root can, even in a container that drops everything else.",
			Remediation: "Remove the capability, run as the user that owns the files, and keep NET_BIND_SERVICE at most.",
			References:  []model.Reference{model.PSS("Capabilities"), model.CIS("5.2.9"), model.CWE("CWE-250"), model.Docs("concepts/security/pod-security-standards/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				p.located = true // capabilities-not-dropped reports what no one knows
				for container := range p.forbidden() {
					p.failRestricted(container, &baseline)
				}
			})
		},
	}
}

func (p *pod) failRestricted(c *workload.Container, baseline *policy.Check) {
	if c.SecurityContext == nil || c.SecurityContext.Capabilities == nil {
		return
	}
	add := c.SecurityContext.Capabilities.Add
	for i, written := range add {
		if slices.Index(add, written) == i && p.forbidsAdding(written) && !p.with(baseline).forbidsAdding(written) {
			failure := p.fail(c.Name+"/"+string(written), "container %s adds %s", c.Name, written).
				In(c.Object, (c.Path + ".securityContext.capabilities.add").Index(i), written)
			p.fixCapabilities(failure, c)
		}
	}
}
