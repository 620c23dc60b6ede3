package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RunAsNonRoot fails pods and containers that may run as root.
func RunAsNonRoot() check.Check {
	official := policy.CheckRunAsNonRoot()
	return check.Check{
		Control: model.Control{
			ID:       "run-as-non-root",
			Title:    "Nothing keeps the container from running as root",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Most images run as root unless told otherwise, and a new image can go back to it unnoticed. Root in a container overwrites the " +
				"application, and is root on the node as soon as something lets it out.",
			Remediation: "Set runAsNonRoot: true in the pod's securityContext, and a user other than 0 in the image or in runAsUser.",
			References:  []model.Reference{model.PSS("Running as Non-root"), model.CIS("5.2.7"), model.NSA("Pod security"), model.CWE("CWE-250")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for at := range p.places() {
					set := at.settings.RunAsNonRoot
					if set == nil || !p.forbidsAt(at, corev1.SecurityContext{RunAsNonRoot: set}) {
						continue
					}
					failure := p.fail(at.key, "%s sets runAsNonRoot: %t", at.who, *set).In(at.object, at.path+".runAsNonRoot", set)
					if user := at.settings.RunAsUser; p.fixable(at.container) && (user == nil || *user != 0) {
						failure.Fix(3, "keep "+at.who+" from running as root", check.Set(at.object, at.path+".runAsNonRoot", true))
					}
				}
				for container := range p.forbidden() {
					if s := container.SecurityContext; s == nil || s.RunAsNonRoot == nil {
						p.failMayRunAsRoot(container)
					}
				}
			})
		},
	}
}

// failMayRunAsRoot reports a container that sets nothing, unless the pod forbids
// root, or the pod allows it in words, which is reported once, at the pod.
func (p *pod) failMayRunAsRoot(c *workload.Container) {
	pod := p.podSettings()
	if pod.RunAsNonRoot != nil && !p.injected() || !p.forbidsUnset(&corev1.PodSecurityContext{RunAsNonRoot: pod.RunAsNonRoot}) {
		return
	}
	user := pod.RunAsUser
	if s := c.SecurityContext; s != nil && s.RunAsUser != nil {
		user = s.RunAsUser
	}
	path := c.Path + ".securityContext.runAsNonRoot"
	if user == nil {
		failure := p.fail(c.Name, "container %s may run as root: neither it nor the pod sets runAsNonRoot: true", c.Name).In(c.Object, path, nil)
		if p.fixable(c) {
			failure.Fix(3, "keep container "+c.Name+" from running as root", check.Set(c.Object, path, true))
		}
		return
	}
	failure := p.fail(c.Name, "container %s runs as user %d, but neither it nor the pod sets runAsNonRoot: true", c.Name, *user).
		Severity(model.Low).In(c.Object, path, nil)
	if p.fixable(c) && *user != 0 {
		failure.Fix(1, "keep container "+c.Name+" from running as root", check.Set(c.Object, path, true))
	}
}
