package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ProxyCreatedNodes is to create a Node with the address of the API server and proxy to it.
func ProxyCreatedNodes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "proxy-created-nodes", Title: "Create a node and proxy to it", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale: "Creating a Node takes its status as it is given, with addresses and the port of a kubelet. A request through the proxy of such a node goes wherever " +
				"they say, with the client certificate that the API server shows to kubelets: to the API server itself, as its administrator where the certificate is " +
				"one.",
			Remediation: "Let only kubelets and the controllers of the cloud provider create nodes, and nobody else proxy to them; issue the API server a client certificate " +
				"that may do no more than ClusterRole system:kubelet-api-admin allows.",
			References: []model.Reference{
				model.MITRE("T1068"), model.MITRE("T1557"),
				model.Docs("concepts/architecture/nodes/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/core/node/strategy.go"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Resource: "nodes", ClusterWide: true},
			{Verbs: "create", Resource: "nodes", Subresource: "proxy", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Admin},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Admin, attack.Everything(), adminCertificate, acceptsItself)
		},
	}
}
