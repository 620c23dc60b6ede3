package cluster

import (
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACChangesTrusted fails bindings that let workloads, or anyone in all namespaces, change what others rely on.
func RBACChangesTrusted() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-changes-trusted",
			Title:       "Binding lets its subject change what others rely on",
			Layer:       model.LayerCluster,
			Severity:    model.Medium,
			Rationale:   "Traffic can be led elsewhere, guards taken down, traces removed: nothing is stolen yet, and everything that follows goes unseen.",
			Remediation: "Keep webhooks, policies, endpoints, names and events to the components that own them.",
			References: []model.Reference{
				model.CIS("5.1.10"), model.CIS("5.1.12"), model.MITRE("T1562"), model.MITRE("T1557"), model.CWE("CWE-284"),
			},
		},
		On:  bindingKinds(),
		Run: judgeGains(attack.Integrity, beyondEvents, "can change what others rely on"),
	}
}
