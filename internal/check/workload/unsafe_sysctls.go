package workload

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// UnsafeSysctls fails pods that set a kernel parameter outside of the safe set.
func UnsafeSysctls() check.Check {
	official := policy.CheckSysctls()
	return check.Check{
		Control: model.Control{
			ID:       "unsafe-sysctls",
			Title:    "Pod sets a kernel parameter that is not safe",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Parameters outside of the safe set are not isolated between pods, or can take resources and protection from the node; " +
				"they need a kubelet that was told to allow them.",
			Remediation: "Remove the parameter, or set it on nodes of their own; which ones are safe depends on the version of Kubernetes.",
			References:  []model.Reference{model.PSS("Sysctls"), model.CWE("CWE-732"), model.Docs("tasks/administer-cluster/sysctl-cluster/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				if p.injected() {
					return
				}
				sysctls := p.podSettings().Sysctls
				for i, each := range sysctls {
					if !p.forbidsSysctl(each) || slices.ContainsFunc(sysctls[:i], func(s corev1.Sysctl) bool { return s.Name == each.Name }) {
						continue
					}
					path := p.holder.Path + ".securityContext.sysctls"
					failure := p.fail(each.Name, "the pod sets %s to %s", each.Name, each.Value).At(path.Index(i)+".name", each.Name)
					// One patch for all findings, because patches of list elements cannot be put together.
					if kept := slices.DeleteFunc(slices.Clone(sysctls), p.forbidsSysctl); len(kept) > 0 {
						failure.Fix(3, "set safe kernel parameters only", check.Set(p.Object, path, kept))
					} else {
						failure.Fix(3, "set no kernel parameters", check.Remove(p.Object, path))
					}
				}
			})
		},
	}
}

func (p *pod) forbidsSysctl(sysctl corev1.Sysctl) bool {
	return p.forbids(func(spec *corev1.PodSpec) {
		spec.SecurityContext = &corev1.PodSecurityContext{Sysctls: []corev1.Sysctl{sysctl}}
	})
}
