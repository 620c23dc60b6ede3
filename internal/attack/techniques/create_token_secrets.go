package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateTokenSecrets is to have a token written into a secret of one's own.
func CreateTokenSecrets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-token-secrets", Title: "Have tokens written into secrets", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A new secret of the type kubernetes.io/service-account-token that names a service account is filled by the controller manager with a token of that account, which does not expire; whoever made the secret reads it back, by get, list, watch or the answer to a patch.",
			Remediation: "Do not give create on secrets together with a way to read them where accounts with rights live; forbid the type by an admission policy.",
			References: []model.Reference{
				model.MITRE("T1528"), model.MITRE("T1098"), model.Docs("concepts/security/rbac-good-practices/#listing-secrets"), model.Docs("concepts/configuration/secret/#serviceaccount-token-secrets"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Resource: "secrets"},
			{Verbs: "get|list|watch|patch", Resource: "secrets"},
		},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) { c.Yields(attack.Subject, attack.Accounts(c.Namespace, "")) },
	}
}
