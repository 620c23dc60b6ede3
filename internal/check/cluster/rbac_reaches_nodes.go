package cluster

import (
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACReachesNodes fails bindings whose subjects can take over nodes.
func RBACReachesNodes() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-reaches-nodes",
			Title:       "Binding lets its subject take over nodes",
			Layer:       model.LayerCluster,
			Severity:    model.High,
			Rationale:   "Who controls a node controls every pod on it: their service accounts, their secrets, their traffic. Pods that the Pod Security level baseline forbids are a way there, the kubelet's own API another.",
			Remediation: "Enforce the Pod Security level baseline or restricted in the namespaces where the subject creates pods; give nobody nodes/proxy.",
			References: []model.Reference{
				model.CIS("5.1.4"), model.CIS("5.2.1"), model.NSA("Pod security"), model.MITRE("T1611"), model.CWE("CWE-269"),
			},
		},
		On:  bindingKinds(),
		Run: judgeGains(attack.Node, always, "can take over nodes"),
	}
}
