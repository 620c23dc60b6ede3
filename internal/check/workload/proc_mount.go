package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ProcMount fails containers that see /proc without the runtime's masks. Since
// Kubernetes 1.35 it is allowed in a user namespace: see proc-mount-user-namespace.
func ProcMount() check.Check {
	official := policy.CheckProcMountBaseline()
	return check.Check{
		Control: model.Control{
			ID:       "proc-mount",
			Title:    "Container has /proc unmasked",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "The runtime hides and write-protects what lies in /proc for the whole kernel, such as /proc/kcore and /proc/sys. " +
				"Unmasked, a root process in the container reads it, and changes settings of the node.",
			Remediation: "Remove procMount, or set it to Default; nested containers can use Unmasked together with hostUsers: false.",
			References:  []model.Reference{model.PSS("/proc Mount Type"), model.CIS("5.6.3"), model.MITRE("T1611"), model.Docs("concepts/security/pod-security-standards/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for container := range p.forbidden() {
					p.failProcMount(container)
				}
			})
		},
	}
}

func (p *pod) failProcMount(c *workload.Container) {
	if c.SecurityContext == nil || c.SecurityContext.ProcMount == nil {
		return
	}
	path := c.Path + ".securityContext.procMount"
	failure := p.fail(c.Name, "container %s has procMount: %s", c.Name, *c.SecurityContext.ProcMount).In(c.Object, path, *c.SecurityContext.ProcMount)
	if p.fixable(c) {
		failure.Fix(3, "mask /proc of container "+c.Name, check.Set(c.Object, path, "Default"))
	}
}
