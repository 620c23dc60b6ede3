package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ImpersonateServiceAccounts is to act as service accounts.
func ImpersonateServiceAccounts() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "impersonate-serviceaccounts", Title: "Impersonate service accounts", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A request may carry the header Impersonate-User: who may impersonate is taken for the other from then on, and the rights of the other are the only ones that are asked for. Service accounts hold the rights of controllers and pipelines, and no token has to be stolen.",
			Remediation: "Give impersonate on serviceaccounts only in the namespace, and limited to the names, that a delegate needs.",
			References: []model.Reference{
				model.MITRE("T1078"), model.MITRE("T1134"), model.Docs("concepts/security/rbac-good-practices/#impersonate-verb"), model.Docs("reference/access-authn-authz/authentication/#user-impersonation"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "impersonate", Resource: "serviceaccounts"},
		},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) { onEach(c, 0, attack.Subject, "", "ServiceAccount") },
	}
}
