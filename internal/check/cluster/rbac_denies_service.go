package cluster

import (
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACDeniesService fails bindings that let workloads, or anyone in all namespaces, stop what others run.
func RBACDeniesService() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-denies-service",
			Title:       "Binding lets its subject stop what others run",
			Layer:       model.LayerCluster,
			Severity:    model.Low,
			Rationale:   "Deleting, evicting, starving and filling up stop others from working. The right is often a by-product of a wildcard.",
			Remediation: "Take delete, deletecollection and status rights away where they are not used; set quotas.",
			References: []model.Reference{
				model.CIS("5.1.3"), model.MITRE("T1498"), model.MITRE("T1485"), model.CWE("CWE-400"),
			},
		},
		On:  bindingKinds(),
		Run: judgeGains(attack.Denial, beyondEvents, "can stop what others run"),
	}
}
