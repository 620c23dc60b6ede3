package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// PortforwardPods is to reach the ports of pods, past network policies and also on their loopback address.
func PortforwardPods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "portforward-pods", Title: "Forward ports of pods", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A connection comes from inside the pod's network: NetworkPolicies do not see it, and what listens on localhost only is reached too: debuggers, admin ports, databases without a password, and with hostNetwork those of the node." +
				" It is access to the network and no more: what it is worth depends on what listens.",
			Remediation: "Give pods/portforward by a short-lived binding in the one namespace, and let everything that listens in a pod ask who calls.",
			References: []model.Reference{
				model.MITRE("T1572"), model.Docs("tasks/access-application-cluster/port-forward-access-application-cluster/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "pods", Subresource: "portforward"}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: entersPods(trustsCallers),
	}
}
