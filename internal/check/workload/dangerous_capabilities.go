package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// DangerousCapabilities fails containers that add a capability which leads out of
// the container.
func DangerousCapabilities() check.Check {
	official := policy.CheckCapabilitiesBaseline()
	return check.Check{
		Control: model.Control{
			ID:       "dangerous-capabilities",
			Title:    "Container adds a capability that leads out of it",
			Layer:    model.LayerWorkload,
			Severity: model.High,
			Rationale: "Capabilities such as SYS_ADMIN, SYS_MODULE, DAC_READ_SEARCH or BPF are known ways from a container to its node. " +
				"NET_ADMIN and SYS_PTRACE reach as far as the network and the processes that the pod shares.",
			Remediation: "Remove the capability from capabilities.add. Leave what changes the node (modules, sysctls, networks) to the node's own set-up.",
			References:  []model.Reference{model.PSS("Capabilities"), model.CIS("5.2.9"), model.NSA("Pod security"), model.MITRE("T1611"), model.CWE("CWE-250")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeAddedCapabilities(c, &official, true)
		},
	}
}
