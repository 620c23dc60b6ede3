package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// CreateExternalSecrets is to read what the credentials of a secret store reach.
func CreateExternalSecrets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-external-secrets", Title: "Create external secrets and read what they fetch", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "An ExternalSecret names entries of a store, of the namespace or of the cluster, and External Secrets writes them into a Secret with the " +
				"credentials of the store: who may read Secrets of the namespace reads whatever those credentials reach, entries of other teams too.",
			Remediation: "Let administrators alone write stores; limit a ClusterSecretStore to namespaces by its conditions and to what is needed by the rights of its " +
				"credentials.",
			References: []model.Reference{
				model.MITRE("T1555"), {Catalogue: "URL", ID: "https://external-secrets.io/latest/guides/security-best-practices/"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "external-secrets.io", Resource: "externalsecrets"},
			{Verbs: "get|list|watch", Resource: "secrets"},
		},
		Yields: []attack.Yield{attack.Secrets},
		Ground: createExternalSecrets,
	}
}

// createExternalSecrets yields what the stores give, not Secrets of the cluster: the
// subject reads those of the namespace anyway.
func createExternalSecrets(c *attack.Case) {
	defined, ok := served(c.View, "externalsecrets.external-secrets.io")
	if !ok {
		return
	}
	const group = "external-secrets.io"
	gk := snapshot.GroupKind{Group: group, Kind: "SecretStore"}
	if store, ok := some(c, gk, c.Namespace); ok {
		defined.and(store).yields(c, attack.Secrets, attack.Of(group, gk.Kind, c.Namespace, ""))
	}
	gk.Kind = "ClusterSecretStore"
	if store, ok := some(c, gk, ""); ok {
		defined.and(store).yields(c, attack.Secrets, attack.Of(group, gk.Kind, "", ""), "the conditions of the store let the namespace use it")
	}
}
