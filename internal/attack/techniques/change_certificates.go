package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeCertificates is to have cert-manager issue certificates and write secrets.
func ChangeCertificates() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-certificates", Title: "Create or change certificates", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A Certificate has cert-manager ask any issuer of the namespace or of the cluster for whatever names it lists, and write key and certificate " +
				"into the Secret that it names, over what is there.",
			Remediation: "Let administrators alone write issuers; approve requests by a policy rather than all of them.",
			References: []model.Reference{
				model.MITRE("T1649"), {Catalogue: "URL", ID: "https://cert-manager.io/docs/usage/certificate/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "cert-manager.io", Resource: "certificates"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "certificates.cert-manager.io", "Certificate") {
				s.yields(c, attack.Integrity, attack.In(s.namespace, "Secret", ""), "an issuer issues what they ask for")
			}
		},
	}
}
