package workload

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AppArmorOverride fails pods and containers that ask for no AppArmor profile, in
// the field or in the annotation that came before it.
func AppArmorOverride() check.Check {
	official := policy.CheckAppArmorProfile()
	return check.Check{
		Control: model.Control{
			ID:       "apparmor-override",
			Title:    "AppArmor confinement is switched off",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "On nodes with AppArmor every container gets the runtime's profile, which keeps it from mounting, from writing the kernel's controls " +
				"and from tracing others. Without it a flaw elsewhere is one step closer to the node.",
			Remediation: "Remove appArmorProfile and the container.apparmor.security.beta.kubernetes.io annotation, or set the type RuntimeDefault or Localhost.",
			References:  []model.Reference{model.PSS("AppArmor"), model.CIS("5.6.3"), model.NSA("Pod security"), model.Docs("tutorials/security/apparmor/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for at := range p.places() {
					if profile := at.settings.AppArmorProfile; profile != nil && p.forbidsAt(at, corev1.SecurityContext{AppArmorProfile: profile}) {
						path := at.path + ".appArmorProfile.type"
						failure := p.fail(at.key, "%s sets AppArmor profile %q", at.who, profile.Type).In(at.object, path, profile.Type)
						if p.fixable(at.container) {
							failure.Fix(3, "confine "+at.who+" by the runtime's AppArmor profile", check.Set(at.object, path, corev1.AppArmorProfileTypeRuntimeDefault))
						}
					}
				}
				p.failAppArmorAnnotations()
			})
		},
	}
}

func (p *pod) failAppArmorAnnotations() {
	for _, key := range slices.Sorted(maps.Keys(p.holder.Meta.Annotations)) {
		container, ok := strings.CutPrefix(key, corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix)
		value := p.holder.Meta.Annotations[key]
		if !ok || p.injected() && !p.has(container) || !p.forbidsAnnotation(container, key, value) {
			continue
		}
		path := (p.holder.MetaPath + ".annotations").Child(key)
		failure := p.fail(key, "container %s has AppArmor profile %q", container, value).In(p.holder.Object, path, value)
		if p.fixable(nil) {
			failure.Fix(3, "confine container "+container+" by the runtime's AppArmor profile",
				check.Set(p.holder.Object, path, corev1.DeprecatedAppArmorBetaProfileRuntimeDefault))
		}
	}
}
