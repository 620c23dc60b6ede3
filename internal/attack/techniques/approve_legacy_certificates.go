package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ApproveLegacyCertificates is to have certificates of system:masters signed.
func ApproveLegacyCertificates() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "approve-legacy-certificates", Title: "Approve certificates of the legacy signer", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale:   "The signer kubernetes.io/legacy-unknown signs whatever is approved, and the restriction of groups does not look at it: the certificate is that of a member of system:masters. Requests for it cannot be created from Kubernetes 1.22 on.",
			Remediation: "Give approve on signers only by resourceNames and to a program that checks what it approves; nobody who approves needs to create requests.",
			References: []model.Reference{
				model.MITRE("T1649"), model.MITRE("T1078"), model.Docs("concepts/security/rbac-good-practices/#csrs-and-certificate-issuing"), model.Docs("reference/access-authn-authz/certificate-signing-requests/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", ClusterWide: true},
			{Verbs: "update|patch", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", Subresource: "approval", ClusterWide: true},
			{Verbs: "approve", Group: "certificates.k8s.io", Resource: "signers", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Admin},
		When:   attack.Applicability{Since: 18, Until: 21},
		Ground: func(c *attack.Case) {
			if signs(c, 2, "kubernetes.io/legacy-unknown") {
				c.Yields(attack.Admin, attack.Everything(), "the API server takes client certificates of the authority that signs for kubernetes.io/legacy-unknown")
			}
		},
	}
}
