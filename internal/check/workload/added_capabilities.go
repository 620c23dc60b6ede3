package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AddedCapabilities fails containers that add a capability beyond the default set,
// other than those of dangerous-capabilities.
func AddedCapabilities() check.Check {
	official := policy.CheckCapabilitiesBaseline()
	return check.Check{
		Control: model.Control{
			ID:       "added-capabilities",
			Title:    "Container adds a capability beyond the default set",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Each capability is a part of root's power that an attacker in the container gets too: NET_RAW forges packets to neighbours, " +
				"IPC_LOCK and SYS_RESOURCE take memory and limits from the node.",
			Remediation: "Remove the capability from capabilities.add; ping and traceroute work without NET_RAW, and ports below 1024 need only NET_BIND_SERVICE.",
			References:  []model.Reference{model.PSS("Capabilities"), model.CIS("5.2.8"), model.CIS("5.2.9"), model.NSA("Pod security"), model.CWE("CWE-250")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeAddedCapabilities(c, &official, false)
		},
	}
}
