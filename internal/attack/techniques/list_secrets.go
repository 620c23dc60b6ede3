package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ListSecrets is to list or watch secrets.
func ListSecrets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "list-secrets", Title: "List secrets", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A list holds the objects with their values: list or watch reads every secret of the namespace, or of the cluster, in one request, tokens of service accounts among them. Limited to a name the request passes with the field selector metadata.name.",
			Remediation: "Take list and watch on secrets from everything but the controllers that need them; use get limited to names instead.",
			References: []model.Reference{
				model.MITRE("T1552.007"), model.MITRE("T1528"), model.Docs("concepts/security/rbac-good-practices/#listing-secrets"), model.Docs("concepts/configuration/secret/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "list|watch", Resource: "secrets"},
		},
		Yields: []attack.Yield{attack.Secrets, attack.Subject},
		Ground: showsSecrets(),
	}
}
