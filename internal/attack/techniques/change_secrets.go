package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeSecrets is to put other values into secrets.
func ChangeSecrets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-secrets", Title: "Change secrets", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "Programs trust what their secrets say: another certificate authority, password or address of a database sends them to the attacker. The type of a secret cannot be changed, so that none becomes the token of an account.",
			Remediation: "Let only the program that makes a secret change it, limited to its name; set immutable on secrets that stay as they are.",
			References: []model.Reference{
				model.MITRE("T1565"), model.MITRE("T1556"), model.Docs("concepts/configuration/secret/"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Resource: "secrets"},
		},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) { onEach(c, 0, attack.Integrity, "", "Secret", "the secret is not immutable") },
	}
}
