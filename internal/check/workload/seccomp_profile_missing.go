package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// SeccompProfileMissing fails containers for which neither they nor their pod name
// a seccomp profile. Those that switch it off are seccomp-unconfined.
func SeccompProfileMissing() check.Check {
	official := policy.CheckSeccompProfileRestricted()
	return check.Check{
		Control: model.Control{
			ID:       "seccomp-profile-missing",
			Title:    "Container has no seccomp profile",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Unless the kubelet is told to use the runtime's profile by default, every system call of the node's kernel is open to the " +
				"container, those that kernel exploits start from included.",
			Remediation: "Set seccompProfile.type: RuntimeDefault in the pod's securityContext; it suits nearly every application.",
			References:  []model.Reference{model.PSS("Seccomp"), model.CIS("5.6.2"), model.NSA("Pod security"), model.Docs("tutorials/security/seccomp/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for at := range p.places() {
					profile := at.settings.SeccompProfile
					p.located = p.located || profile != nil && p.forbidsAt(at, corev1.SecurityContext{SeccompProfile: profile})
				}
				for container := range p.forbidden() {
					if s := container.SecurityContext; s == nil || s.SeccompProfile == nil {
						p.failSeccompMissing(container)
					}
				}
			})
		},
	}
}

// failSeccompMissing reports a container that sets nothing, unless the pod has a
// profile, or switches it off, which is reported once, at the pod. The fix is the
// pod's: there it covers just the containers that fail.
func (p *pod) failSeccompMissing(c *workload.Container) {
	profile := p.podSettings().SeccompProfile
	if profile != nil && !p.injected() || !p.forbidsUnset(&corev1.PodSecurityContext{SeccompProfile: profile}) {
		return
	}
	failure := p.fail(c.Name, "neither container %s nor its pod sets a seccomp profile", c.Name).In(c.Object, c.Path+".securityContext.seccompProfile", nil)
	if !p.injected() && !p.windows() {
		failure.Fix(1, "confine the pod by the runtime's seccomp profile",
			check.Set(p.holder.Object, p.holder.Path+".securityContext.seccompProfile.type", corev1.SeccompProfileTypeRuntimeDefault))
	}
}
