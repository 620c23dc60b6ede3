package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// RedirectNodeProxy is to give a node the address of another server and proxy a request to it.
func RedirectNodeProxy() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "redirect-node-proxy", Title: "Change nodes/status and proxy to the node", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "The API server finds a kubelet by the address and port in the status of its Node, and shows its own client certificate to whoever answers there. Who " +
				"changes that status and may proxy to the one node, sends requests with that certificate to any kubelet, and so runs commands in the pods of every " +
				"node. Where the certificate is an administrator's, the API server itself can be asked, for all secrets.",
			Remediation: "Grant nodes/status and nodes/proxy to no one but nodes and the controllers of the cloud provider; issue the API server a client certificate that may " +
				"do no more than ClusterRole system:kubelet-api-admin allows.",
			References: []model.Reference{
				model.MITRE("T1557"), model.MITRE("T1609"),
				model.Docs("concepts/architecture/control-plane-node-communication/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/kubelet/client/kubelet_client.go"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Resource: "nodes", Subresource: "status", ClusterWide: true},
			{Verbs: "get|create", Resource: "nodes", Subresource: "proxy", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Sideways, attack.Secrets},
		Ground: func(c *attack.Case) {
			if onOneNode(c, 0, 1) {
				c.Yields(attack.Sideways, attack.In("", "Pod", ""))
				c.Yields(attack.Secrets, attack.In("", "Secret", ""), adminCertificate, acceptsItself)
			}
		},
	}
}
