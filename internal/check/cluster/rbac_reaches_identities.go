package cluster

import (
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACReachesIdentities fails bindings whose subjects can act as somebody else.
func RBACReachesIdentities() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-reaches-identities",
			Title:       "Binding lets its subject act as another identity",
			Layer:       model.LayerCluster,
			Severity:    model.High,
			Rationale:   "Impersonation, requested tokens and signed certificates give the rights of somebody else, and audit logs name the wrong one.",
			Remediation: "Limit the rule by resourceNames to the identities that are meant, or take it away; issue certificates and tokens through one reviewed component.",
			References: []model.Reference{
				model.CIS("5.1.8"), model.CIS("5.1.13"), model.MITRE("T1134"), model.MITRE("T1528"), model.CWE("CWE-863"), model.Docs("concepts/security/rbac-good-practices/#impersonate-verb"),
			},
		},
		On:  bindingKinds(),
		Run: judgeGains(attack.Subject, always, "can act as another identity"),
	}
}
