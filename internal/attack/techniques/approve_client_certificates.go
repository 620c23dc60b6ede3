package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ApproveClientCertificates is to have client certificates of any name signed.
func ApproveClientCertificates() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "approve-client-certificates", Title: "Approve client certificates", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale:   "Who may create a certificate request, approve it, and approve for the signer kubernetes.io/kube-apiserver-client gets a client certificate with any user name and any group but system:masters: that of an administrator, of a component of the control plane, of a service account or of a node. It cannot be revoked. Without the admission plugin CertificateSubjectRestriction it is one of system:masters.",
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
		Yields: []attack.Yield{attack.Subject, attack.Admin},
		Ground: func(c *attack.Case) {
			if signs(c, 2, "kubernetes.io/kube-apiserver-client") {
				anyone(c, "the controller manager signs for kubernetes.io/kube-apiserver-client")
			}
		},
	}
}
