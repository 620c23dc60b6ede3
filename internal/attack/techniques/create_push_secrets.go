package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreatePushSecrets is to have secrets of the namespace copied out through a store.
func CreatePushSecrets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-push-secrets", Title: "Create push secrets", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A PushSecret has External Secrets copy any Secret of its namespace into the provider behind a store, over what is there: who reads the " +
				"provider reads the secret, and who relies on the provider gets what the attacker wrote.",
			Remediation: "Let administrators alone write stores; limit a ClusterSecretStore to namespaces by its conditions and to what is needed by the rights of its " +
				"credentials.",
			References: []model.Reference{
				model.MITRE("T1567"), {Catalogue: "URL", ID: "https://external-secrets.io/latest/guides/security-best-practices/"}, {Catalogue: "URL", ID: "https://external-secrets.io/latest/guides/pushsecrets/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "external-secrets.io", Resource: "pushsecrets"}},
		Yields: []attack.Yield{attack.Secrets},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "pushsecrets.external-secrets.io", "PushSecret") {
				s.yields(c, attack.Secrets, attack.In(s.namespace, "Secret", ""), "a store takes what is pushed, and they read what its provider holds")
			}
		},
	}
}
