package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ProcMountUserNamespace fails containers that see /proc without the runtime's
// masks in a user namespace, which only the restricted level forbids.
func ProcMountUserNamespace() check.Check {
	official, baseline := policy.CheckProcMountRestricted(), policy.CheckProcMountBaseline()
	return check.Check{
		Control: model.Control{
			ID:       "proc-mount-user-namespace",
			Title:    "Container in a user namespace has /proc unmasked",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The user namespace keeps root of the container from writing the kernel's settings, but what /proc tells everyone " +
				"about the node is readable, and a flaw in a file of /proc can be tried.",
			Remediation: "Remove procMount, or set it to Default, unless containers run inside of the container.",
			References:  []model.Reference{model.PSS("/proc Mount Type"), model.Docs("concepts/workloads/pods/user-namespaces/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				weaker := p.with(&baseline)
				for container := range p.forbidden() {
					if p.located = true; !weaker.forbidsContainer(container.Container) {
						p.failProcMount(container)
					}
				}
			})
		},
	}
}
