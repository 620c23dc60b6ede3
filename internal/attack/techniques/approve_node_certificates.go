package techniques

import (
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ApproveNodeCertificates is to have client certificates of nodes signed.
func ApproveNodeCertificates() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "approve-node-certificates", Title: "Approve client certificates of nodes", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "With the signer kubernetes.io/kube-apiserver-client-kubelet the certificate is that of a node, of any name: as the node of a pod one reads the secrets that the pod uses and has tokens of its account issued, from one node to the next.",
			Remediation: "Give approve on signers only by resourceNames and to a program that checks what it approves; nobody who approves needs to create requests.",
			References: []model.Reference{
				model.MITRE("T1649"), model.MITRE("T1078"), model.Docs("concepts/security/rbac-good-practices/#csrs-and-certificate-issuing"), model.Docs("reference/access-authn-authz/certificate-signing-requests/"), model.Docs("reference/access-authn-authz/node/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", ClusterWide: true},
			{Verbs: "update|patch", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", Subresource: "approval", ClusterWide: true},
			{Verbs: "approve", Group: "certificates.k8s.io", Resource: "signers", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			if signs(c, 2, "kubernetes.io/kube-apiserver-client-kubelet") {
				c.Yields(attack.Subject, attack.Groups(user.NodesGroup), "the controller manager signs for kubernetes.io/kube-apiserver-client-kubelet")
			}
		},
	}
}
