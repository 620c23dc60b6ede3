package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// SignCertificates is to write certificates into requests.
func SignCertificates() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "sign-certificates", Title: "Sign certificate requests", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "Who may sign for a signer puts a certificate of their choice into a request: without the key of the authority it is none that the cluster trusts, but whoever made the request takes it, and the true one is never issued.",
			Remediation: "Give sign only to the signer itself, limited to its name.",
			References: []model.Reference{
				model.MITRE("T1649"), model.MITRE("T1553"), model.Docs("reference/access-authn-authz/certificate-signing-requests/"), model.Docs("concepts/security/rbac-good-practices/#csrs-and-certificate-issuing"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", Subresource: "status", ClusterWide: true},
			{Verbs: "sign", Group: "certificates.k8s.io", Resource: "signers", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			onEach(c, 0, attack.Integrity, "certificates.k8s.io", "CertificateSigningRequest")
		},
	}
}
