package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// SeccompUnconfined fails pods and containers that ask to run without a seccomp
// profile: in the field, and before Kubernetes 1.19 in annotations.
func SeccompUnconfined() check.Check {
	official := policy.CheckSeccompBaseline()
	return check.Check{
		Control: model.Control{
			ID:       "seccomp-unconfined",
			Title:    "Seccomp is switched off",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Every system call of the node's kernel is open to the container, those that kernel exploits start from included; " +
				"the runtime's profile closes several dozen that applications do not use.",
			Remediation: "Set seccompProfile.type: RuntimeDefault, or Localhost with a profile of your own.",
			References:  []model.Reference{model.PSS("Seccomp"), model.CIS("5.6.2"), model.NSA("Pod security"), model.MITRE("T1611"), model.Docs("tutorials/security/seccomp/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for at := range p.places() {
					if profile := at.settings.SeccompProfile; profile != nil && p.forbidsAt(at, corev1.SecurityContext{SeccompProfile: profile}) {
						p.failSeccomp(at, profile)
					}
				}
				if !p.injected() {
					p.failSeccompAnnotation("", corev1.SeccompPodAnnotationKey)
				}
				for i := range p.containers {
					p.failSeccompAnnotation(p.containers[i].Name, corev1.SeccompContainerAnnotationKeyPrefix+p.containers[i].Name)
				}
			})
		},
	}
}

func (p *pod) failSeccomp(at *place, profile *corev1.SeccompProfile) {
	path := at.path + ".seccompProfile.type"
	failure := p.fail(at.key, "%s sets seccomp profile %q", at.who, profile.Type).In(at.object, path, profile.Type)
	if p.fixable(at.container) && !p.windows() {
		failure.Fix(3, "confine "+at.who+" by the runtime's seccomp profile", check.Set(at.object, path, corev1.SeccompProfileTypeRuntimeDefault))
	}
}

func (p *pod) failSeccompAnnotation(container, key string) {
	value, ok := p.holder.Meta.Annotations[key]
	if !ok || !p.forbidsAnnotation(container, key, value) {
		return
	}
	path := (p.holder.MetaPath + ".annotations").Child(key)
	failure := p.fail(key, "annotation %s sets seccomp profile %q", key, value).In(p.holder.Object, path, value)
	if p.fixable(nil) {
		failure.Fix(3, "use the runtime's seccomp profile", check.Set(p.holder.Object, path, corev1.SeccompProfileRuntimeDefault))
	}
}
