package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ReadSecrets is to get secrets by their names.
func ReadSecrets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "read-secrets", Title: "Read secrets", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A secret holds what other systems let in: passwords, keys, tokens. One of the type kubernetes.io/service-account-token is the identity of its account for good: it does not expire. Without list the names must be known, but charts and controllers name secrets alike everywhere.",
			Remediation: "Limit get to the secrets that the program needs, by resourceNames; mount secrets instead of reading them through the API; delete token secrets and use tokens that expire.",
			References: []model.Reference{
				model.MITRE("T1552.007"), model.MITRE("T1528"), model.Docs("concepts/security/rbac-good-practices/#listing-secrets"), model.Docs("concepts/configuration/secret/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "get", Resource: "secrets"},
		},
		Yields: []attack.Yield{attack.Secrets, attack.Subject},
		Ground: showsSecrets(),
	}
}
