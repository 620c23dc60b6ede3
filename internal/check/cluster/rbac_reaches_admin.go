package cluster

import (
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACReachesAdmin fails bindings whose subjects can make themselves cluster administrators.
func RBACReachesAdmin() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-reaches-admin",
			Title:       "Binding lets its subject take over the cluster",
			Layer:       model.LayerCluster,
			Severity:    model.Critical,
			Rationale:   "Names say little: a role that is not called cluster-admin can be worth as much. Whoever holds these permissions gives himself every other one, directly or through an identity that has them.",
			Remediation: "Take away the permissions that the message names, or the binding; give rights on single namespaces and objects; keep strong accounts in namespaces where nobody else creates pods.",
			References: []model.Reference{
				model.CIS("5.1.1"), model.NSA("Authentication and authorization"), model.MITRE("T1078"), model.MITRE("T1098"), model.CWE("CWE-269"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		On:  bindingKinds(),
		Run: judgeGains(attack.Admin, always, "can take over the cluster"),
	}
}
