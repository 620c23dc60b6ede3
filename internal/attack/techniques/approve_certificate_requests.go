package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ApproveCertificateRequests is to approve what cert-manager is asked to issue.
func ApproveCertificateRequests() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "approve-certificate-requests", Title: "Approve certificate requests", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "Where requests are not approved on their own, who approves them decides what names an issuer vouches for: with a certificate in another's " +
				"name one answers in its place. cert-manager asks for the verb approve on the signer besides the right on the status.",
			Remediation: "Let administrators alone write issuers; approve requests by a policy rather than all of them.",
			References: []model.Reference{
				model.MITRE("T1649"), {Catalogue: "URL", ID: "https://cert-manager.io/docs/usage/certificaterequest/"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Group: "cert-manager.io", Resource: "certificaterequests", Subresource: "status"},
			{Verbs: "approve", Group: "cert-manager.io", Resource: "signers", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			if b, ok := served(c.View, "certificaterequests.cert-manager.io"); ok {
				b.yields(c, attack.Integrity, attack.Of("cert-manager.io", "CertificateRequest", c.Namespace, ""), "somebody asks for a certificate")
			}
		},
	}
}
