package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteSecretCollections is to have secrets shown by deleting them all together.
func DeleteSecretCollections() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-secret-collections", Title: "Read secrets by deleting collections of them", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The answer to a request that deletes a collection is the list of what is deleted, with all values; as a dry run it deletes nothing. So deletecollection reads every secret that a label selector matches.",
			Remediation: "Treat deletecollection on secrets as list: give it to nobody; controllers delete by name.",
			References: []model.Reference{
				model.MITRE("T1552.007"), model.MITRE("T1528"), model.Docs("reference/using-api/api-concepts/#dry-run"), model.Docs("concepts/security/rbac-good-practices/#listing-secrets"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "deletecollection", Resource: "secrets"},
		},
		Yields: []attack.Yield{attack.Secrets, attack.Subject},
		Ground: func(c *attack.Case) {
			if !c.Limited(0) { // such a request has no name
				showsSecrets()(c)
			}
		},
	}
}
