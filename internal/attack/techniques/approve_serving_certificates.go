package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ApproveServingCertificates is to have serving certificates signed.
func ApproveServingCertificates() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "approve-serving-certificates", Title: "Approve serving certificates", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "With the signer kubernetes.io/kubelet-serving the certificate is that of a server with any address and DNS name, for the signer checks only the name of the node: whoever sits between the API server and a kubelet, and has it, reads and changes what is said in exec, logs and proxy.",
			Remediation: "Give approve on signers only by resourceNames and to a program that checks what it approves; nobody who approves needs to create requests.",
			References: []model.Reference{
				model.MITRE("T1557"), model.MITRE("T1649"), model.Docs("concepts/security/rbac-good-practices/#csrs-and-certificate-issuing"), model.Docs("reference/access-authn-authz/certificate-signing-requests/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", ClusterWide: true},
			{Verbs: "update|patch", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", Subresource: "approval", ClusterWide: true},
			{Verbs: "approve", Group: "certificates.k8s.io", Resource: "signers", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			if signs(c, 2, "kubernetes.io/kubelet-serving") {
				c.Yields(attack.Integrity, attack.Nodes(""), "they reach into the traffic between the API server and a kubelet")
			}
		},
	}
}
