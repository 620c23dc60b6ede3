package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeClusterSecretStores is to have External Secrets show credentials of any namespace to a server of one's own.
func ChangeClusterSecretStores() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-cluster-secret-stores", Title: "Create or change cluster secret stores", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A ClusterSecretStore names accounts and secrets of any namespace, whose token or content External Secrets shows to the server that the store " +
				"names, which may be the attacker's.",
			Remediation: "Let administrators alone write stores; limit a ClusterSecretStore to namespaces by its conditions and to what is needed by the rights of its " +
				"credentials.",
			References: []model.Reference{
				model.MITRE("T1552"), model.MITRE("T1528"), {Catalogue: "URL", ID: "https://external-secrets.io/latest/guides/security-best-practices/"}, {Catalogue: "URL", ID: "https://external-secrets.io/latest/api/clustersecretstore/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "external-secrets.io", Resource: "clustersecretstores", ClusterWide: true}},
		Yields: []attack.Yield{attack.Subject, attack.Secrets},
		Ground: func(c *attack.Case) {
			showsCredentials(c, "clustersecretstores.external-secrets.io", "ClusterSecretStore")
		},
	}
}
