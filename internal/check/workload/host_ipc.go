package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostIPC fails pods in the IPC namespace of their node.
func HostIPC() check.Check {
	official := policy.CheckHostNamespaces()
	return check.Check{
		Control: model.Control{
			ID:       "host-ipc",
			Title:    "Pod shares memory with processes of its node",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Shared memory segments, semaphores and message queues of the node's processes, and of other pods that do the same, " +
				"can be read and written from the pod.",
			Remediation: "Remove hostIPC; containers of one pod share memory through an emptyDir volume of medium Memory.",
			References:  []model.Reference{model.PSS("Host Namespaces"), model.CIS("5.2.4"), model.NSA("Pod security"), model.CWE("CWE-653")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeHostNamespace(c, &official, "hostIPC", "the pod runs in the node's IPC namespace", hostIPC)
		},
	}
}
