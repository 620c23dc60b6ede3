package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeSecretStores is to have External Secrets show its credentials to a server of one's own.
func ChangeSecretStores() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-secret-stores", Title: "Create or change secret stores", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A SecretStore names a server and what to show it: a token of any service account of the namespace, which External Secrets asks for itself, or " +
				"the content of any of its secrets. The server may be the attacker's.",
			Remediation: "Let administrators alone write stores; limit a ClusterSecretStore to namespaces by its conditions and to what is needed by the rights of its " +
				"credentials.",
			References: []model.Reference{
				model.MITRE("T1552"), model.MITRE("T1528"), {Catalogue: "URL", ID: "https://external-secrets.io/latest/guides/security-best-practices/"}, {Catalogue: "URL", ID: "https://external-secrets.io/latest/provider/kubernetes/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "external-secrets.io", Resource: "secretstores"}},
		Yields: []attack.Yield{attack.Subject, attack.Secrets},
		Ground: func(c *attack.Case) { showsCredentials(c, "secretstores.external-secrets.io", "SecretStore") },
	}
}
