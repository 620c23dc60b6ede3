package cluster

import (
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACReadsSecrets fails bindings that let workloads, or anyone in all namespaces, read secrets.
func RBACReadsSecrets() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-reads-secrets",
			Title:       "Binding lets its subject read secrets of others",
			Layer:       model.LayerCluster,
			Severity:    model.High,
			Rationale:   "Secrets hold what opens everything else: passwords, keys, tokens of service accounts. list and watch give their content as get does.",
			Remediation: "Mount the secrets that a workload needs instead of letting it read them; else limit get by resourceNames, and give no list or watch.",
			References: []model.Reference{
				model.CIS("5.1.2"), model.MITRE("T1552.007"), model.CWE("CWE-522"), model.Docs("concepts/security/rbac-good-practices/#listing-secrets"),
			},
		},
		On:  bindingKinds(),
		Run: judgeGains(attack.Secrets, beyondOwn, "can read secrets"),
	}
}
