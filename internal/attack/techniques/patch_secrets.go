package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// PatchSecrets is to have a secret shown by patching it with nothing.
func PatchSecrets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "patch-secrets", Title: "Read secrets by patching them", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The answer to a patch is the whole object: an empty patch shows all values of a secret to somebody who may not read it. The names must be known.",
			Remediation: "Treat patch on secrets as get: limit it to names, and give it to those only who may know the values.",
			References: []model.Reference{
				model.MITRE("T1552.007"), model.MITRE("T1528"), model.Docs("reference/using-api/api-concepts/#patch-and-apply"), model.Docs("concepts/security/rbac-good-practices/#listing-secrets"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "patch", Resource: "secrets"},
		},
		Yields: []attack.Yield{attack.Secrets, attack.Subject},
		Ground: showsSecrets("they know the name of the secret"),
	}
}
