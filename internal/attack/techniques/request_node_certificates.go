package techniques

import (
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// RequestNodeCertificates is to have client certificates of nodes signed without approval.
func RequestNodeCertificates() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "request-node-certificates", Title: "Request client certificates of nodes", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The controller manager approves the client certificate of a node, of any name, if whoever requests it may create certificatesigningrequests/nodeclient: that is meant for machines that join. As the node of a pod one reads the secrets that the pod uses and has tokens of its account issued.",
			Remediation: "Bind system:certificates.k8s.io:certificatesigningrequests:nodeclient to the groups of bootstrap tokens only; let nodes renew by selfnodeclient.",
			References: []model.Reference{
				model.MITRE("T1649"), model.MITRE("T1078"), model.Docs("reference/access-authn-authz/kubelet-tls-bootstrapping/"), model.Docs("concepts/security/rbac-good-practices/#csrs-and-certificate-issuing"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", ClusterWide: true},
			{Verbs: "create", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", Subresource: "nodeclient", ClusterWide: true},
			{Verbs: "get|list|watch", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Subject, attack.Groups(user.NodesGroup), "the controller manager approves and signs certificates of nodes")
		},
	}
}
