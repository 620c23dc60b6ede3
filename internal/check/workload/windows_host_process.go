package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// WindowsHostProcess fails pods and containers that run as processes of a Windows
// node.
func WindowsHostProcess() check.Check {
	official := policy.CheckWindowsHostProcess()
	return check.Check{
		Control: model.Control{
			ID:       "windows-host-process",
			Title:    "Container runs as a process of its Windows node",
			Layer:    model.LayerWorkload,
			Severity: model.High,
			Rationale: "A HostProcess container is no container: it sees the node's files, network and devices, and can run as SYSTEM. " +
				"It is to a Windows node what a privileged container is to a Linux one.",
			Remediation: "Remove hostProcess, or set it to false at the pod and at each container; keep such pods to namespaces for the nodes' own agents.",
			References:  []model.Reference{model.PSS("HostProcess"), model.CIS("5.2.11"), model.MITRE("T1611"), model.Docs("tasks/configure-pod-container/create-hostprocess-pod/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for at := range p.places() {
					options := at.settings.WindowsOptions
					if options == nil || !p.forbidsAt(at, corev1.SecurityContext{WindowsOptions: options}) {
						continue
					}
					path := at.path + ".windowsOptions.hostProcess"
					failure := p.fail(at.key, "%s runs as a process of the node", at.who).In(at.object, path, options.HostProcess)
					if p.fixable(at.container) {
						failure.Fix(5, "run "+at.who+" in isolation", check.Set(at.object, path, false))
					}
				}
			})
		},
	}
}
