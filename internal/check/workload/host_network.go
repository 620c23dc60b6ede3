package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostNetwork fails pods in the network namespace of their node.
func HostNetwork() check.Check {
	official := policy.CheckHostNamespaces()
	return check.Check{
		Control: model.Control{
			ID:       "host-network",
			Title:    "Pod uses the network of its node",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "The pod has the node's addresses: it reaches services that listen on localhost and the cloud's metadata service as the node does, " +
				"network policies that select pods do not hold it, and every port that it listens on is open on the node.",
			Remediation: "Remove hostNetwork, and publish ports by a Service.",
			References:  []model.Reference{model.PSS("Host Namespaces"), model.CIS("5.2.5"), model.NSA("Pod security"), model.CWE("CWE-653"), model.Docs("concepts/security/pod-security-standards/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeHostNamespace(c, &official, "hostNetwork", "the pod runs in the node's network namespace", hostNetwork)
		},
	}
}
