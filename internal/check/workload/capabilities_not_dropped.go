package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// CapabilitiesNotDropped fails containers that do not drop ALL capabilities.
func CapabilitiesNotDropped() check.Check {
	official := policy.CheckCapabilitiesRestricted()
	return check.Check{
		Control: model.Control{
			ID:       "capabilities-not-dropped",
			Title:    "Container keeps the runtime's default capabilities",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "A container that runs as root, or gets there by a set-user-ID file, changes owners, overrides file permissions, forges packets and makes " +
				"device files with the default set. Hardly any application needs one of them.",
			Remediation: `Set securityContext.capabilities.drop: ["ALL"] in every container; add NET_BIND_SERVICE back where a port below 1024 is served.`,
			References:  []model.Reference{model.PSS("Capabilities"), model.CIS("5.2.10"), model.NSA("Pod security"), model.CWE("CWE-250")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for container := range p.forbidden() {
					p.failNotDropped(container)
				}
			})
		},
	}
}

func (p *pod) failNotDropped(c *workload.Container) {
	var context corev1.SecurityContext
	var dropped any
	if s := c.SecurityContext; s != nil && s.Capabilities != nil {
		context.Capabilities = &corev1.Capabilities{Drop: s.Capabilities.Drop}
		for _, added := range s.Capabilities.Add {
			p.located = p.located || p.forbidsAdding(added)
		}
		if len(s.Capabilities.Drop) > 0 {
			dropped = s.Capabilities.Drop
		}
	}
	if !p.forbidsSecurity(&context) {
		return
	}
	path := c.Path + ".securityContext.capabilities.drop"
	message := "container %s drops no capability"
	if dropped != nil {
		message = "container %s does not drop ALL capabilities"
	}
	failure := p.fail(c.Name, message, c.Name).In(c.Object, path, dropped)
	if p.fixable(c) && !p.windows() {
		failure.Fix(3, "drop all capabilities of container "+c.Name, check.Set(c.Object, path, []string{"ALL"}))
	}
}
