package cluster

import (
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACReachesPods fails bindings that let workloads, or anyone in all namespaces, into running pods.
func RBACReachesPods() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-reaches-pods",
			Title:       "Binding lets its subject into running pods",
			Layer:       model.LayerCluster,
			Severity:    model.Medium,
			Rationale:   "A command in a running container sees what the container sees: its files, its tokens, its network. From pod to pod is how an intruder moves on.",
			Remediation: "Give exec, attach, portforward and image changes to people who debug, for the time that they do; no workload needs them.",
			References: []model.Reference{
				model.CIS("5.1.4"), model.MITRE("T1609"), model.CWE("CWE-269"),
			},
		},
		On:  bindingKinds(),
		Run: judgeGains(attack.Sideways, beyondOwn, "can enter running pods"),
	}
}
