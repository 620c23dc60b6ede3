package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// SELinuxOptions fails pods and containers that choose an SELinux user, a role, or
// a type that is not one for containers.
func SELinuxOptions() check.Check {
	official := policy.CheckSELinuxOptions()
	return check.Check{
		Control: model.Control{
			ID:       "selinux-options",
			Title:    "SELinux label is not one for containers",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "On nodes with SELinux the type container_t is what keeps a container that broke out of its namespaces from the node's files. " +
				"Another type, such as spc_t, or another user or role lifts that.",
			Remediation: "Remove user and role, and use a type made for containers: container_t, container_init_t or container_kvm_t. The level may be set.",
			References:  []model.Reference{model.PSS("SELinux"), model.CIS("5.6.3"), model.NSA("Pod security"), model.Docs("tasks/configure-pod-container/security-context/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for at := range p.places() {
					if at.settings.SELinuxOptions != nil {
						p.failSELinux(at, at.settings.SELinuxOptions)
					}
				}
			})
		},
	}
}

func (p *pod) failSELinux(at *place, options *corev1.SELinuxOptions) {
	for _, field := range []struct {
		name, value string
		only        corev1.SELinuxOptions
	}{
		{"type", options.Type, corev1.SELinuxOptions{Type: options.Type}},
		{"user", options.User, corev1.SELinuxOptions{User: options.User}},
		{"role", options.Role, corev1.SELinuxOptions{Role: options.Role}},
	} {
		if !p.forbidsAt(at, corev1.SecurityContext{SELinuxOptions: &field.only}) {
			continue
		}
		key := field.name
		if at.key != "" {
			key = at.key + "/" + field.name
		}
		path := at.path + ".seLinuxOptions." + model.Path(field.name)
		failure := p.fail(key, "%s sets the SELinux %s %s", at.who, field.name, field.value).In(at.object, path, field.value)
		if p.fixable(at.container) {
			failure.Fix(3, "leave the SELinux "+field.name+" of "+at.who+" to the runtime", check.Remove(at.object, path))
		}
	}
}
