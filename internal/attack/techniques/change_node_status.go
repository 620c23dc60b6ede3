package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeNodeStatus is to change nodes/status.
func ChangeNodeStatus() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-node-status", Title: "Change the status of nodes", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The status of a Node says where the API server finds its kubelet: with another address, the commands and logs of exec, attach, logs and port " +
				"forwarding, and what they carry, go to whoever answers there, unless the API server checks the certificate of kubelets. It says what room a node has, " +
				"which keeps pods off it. The labels of the node can be changed by the same request, which draws pods that ask for certain nodes. The kubelet writes " +
				"what it reports anew within seconds, but not labels of others.",
			Remediation: "Grant nodes/status to nodes and the controllers of the cloud provider only; set --kubelet-certificate-authority of the API server, and let kubelets " +
				"have serving certificates from it.",
			References: []model.Reference{
				model.MITRE("T1557"), model.MITRE("T1565"),
				model.Docs("concepts/architecture/control-plane-node-communication/"),
				model.Docs("reference/node/node-status/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "nodes", Subresource: "status", ClusterWide: true}},
		Yields: []attack.Yield{attack.Sideways, attack.Integrity, attack.Denial},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Sideways, attack.In("", "Pod", ""), controlsNode, "pods ask for nodes by labels")
			onEach(c, 0, attack.Integrity, "", "Node")
			onEach(c, 0, attack.Denial, "", "Node")
		},
	}
}
