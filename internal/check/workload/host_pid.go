package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostPID fails pods in the process namespace of their node.
func HostPID() check.Check {
	official := policy.CheckHostNamespaces()
	return check.Check{
		Control: model.Control{
			ID:       "host-pid",
			Title:    "Pod sees the processes of its node",
			Layer:    model.LayerWorkload,
			Severity: model.High,
			Rationale: "Every process of the node and of its other pods can be listed with its arguments and signalled; those that have no more " +
				"capabilities give away their environment and their files as well. With SYS_PTRACE or privileges the node itself is taken over.",
			Remediation: "Remove hostPID; shareProcessNamespace is enough to see the other containers of the same pod.",
			References:  []model.Reference{model.PSS("Host Namespaces"), model.CIS("5.2.3"), model.NSA("Pod security"), model.MITRE("T1611"), model.CWE("CWE-653")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeHostNamespace(c, &official, "hostPID", "the pod runs in the node's process namespace", hostPID)
		},
	}
}
