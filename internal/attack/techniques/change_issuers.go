package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeIssuers is to have cert-manager show credentials of the namespace to a server of one's own.
func ChangeIssuers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-issuers", Title: "Create or change issuers", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "An Issuer that asks Vault names its server and the Secret of the namespace with whose content cert-manager signs in: any secret is so shown " +
				"to a server of the attacker's. Tokens of service accounts that it asks for are for Vault alone.",
			Remediation: "Let administrators alone write issuers; approve requests by a policy rather than all of them.",
			References: []model.Reference{
				model.MITRE("T1552"), model.MITRE("T1528"), {Catalogue: "URL", ID: "https://cert-manager.io/docs/configuration/vault/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "cert-manager.io", Resource: "issuers"}},
		Yields: []attack.Yield{attack.Secrets},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "issuers.cert-manager.io", "Issuer") {
				s.yields(c, attack.Secrets, attack.In(s.namespace, "Secret", ""), "cert-manager reaches a server of theirs")
			}
		},
	}
}
