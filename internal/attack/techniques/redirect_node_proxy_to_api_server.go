package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// RedirectNodeProxyToAPIServer is to proxy writing requests to the API server itself, as the API server.
func RedirectNodeProxyToAPIServer() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "redirect-node-proxy-to-api-server", Title: "Change nodes/status and create through the proxy", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale: "The address and port of a Node can be those of the API server. A POST through the proxy of that node then reaches the API server with the certificate " +
				"that it shows to kubelets. Where that is a member of system:masters or of kubeadm:cluster-admins, the request may do anything, and the audit log names " +
				"the certificate's user.",
			Remediation: "Grant nodes/status and nodes/proxy to no one but nodes and the controllers of the cloud provider; issue the API server a client certificate that may " +
				"do no more than ClusterRole system:kubelet-api-admin allows, and set --kubelet-certificate-authority to an authority that signs kubelets only.",
			References: []model.Reference{
				model.MITRE("T1068"), model.MITRE("T1557"),
				model.Docs("concepts/architecture/control-plane-node-communication/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/core/node/strategy.go"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Resource: "nodes", Subresource: "status", ClusterWide: true},
			{Verbs: "create", Resource: "nodes", Subresource: "proxy", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Admin},
		Ground: func(c *attack.Case) {
			if onOneNode(c, 0, 1) {
				c.Yields(attack.Admin, attack.Everything(), adminCertificate, acceptsItself)
			}
		},
	}
}
