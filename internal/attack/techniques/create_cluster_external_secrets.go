package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateClusterExternalSecrets is to have secrets written in namespaces of one's choice.
func CreateClusterExternalSecrets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-cluster-external-secrets", Title: "Create cluster external secrets", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A ClusterExternalSecret has External Secrets write Secrets of any name into all namespaces that it selects, over those that an ExternalSecret " +
				"of that name keeps there.",
			Remediation: "Let administrators alone write stores; limit a ClusterSecretStore to namespaces by its conditions and to what is needed by the rights of its " +
				"credentials.",
			References: []model.Reference{
				model.MITRE("T1565"), {Catalogue: "URL", ID: "https://external-secrets.io/latest/guides/security-best-practices/"}, {Catalogue: "URL", ID: "https://external-secrets.io/latest/api/clusterexternalsecret/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "external-secrets.io", Resource: "clusterexternalsecrets", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "clusterexternalsecrets.external-secrets.io", "ClusterExternalSecret") {
				s.yields(c, attack.Integrity, attack.In("", "Secret", ""), "a store holds what they want written")
			}
		},
	}
}
