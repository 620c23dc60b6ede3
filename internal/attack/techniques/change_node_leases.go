package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ChangeNodeLeases is to change the heartbeat of nodes.
func ChangeNodeLeases() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-node-leases", Title: "Change the leases of nodes", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A kubelet says that its node lives by renewing a Lease in kube-node-lease. With a time far in the future in it, the controller takes no later renewal " +
				"for a sign of life: the node is declared lost, its pods lose their Services and are evicted. With one that is renewed by somebody else, a node that is " +
				"gone seems to live, and its pods are not replaced.",
			Remediation: "Grant nothing in kube-node-lease: kubelets need no role for their own.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1565"),
				model.Docs("concepts/architecture/leases/#node-heart-beats"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/nodelifecycle/node_lifecycle_controller.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "coordination.k8s.io", Resource: "leases"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			const namespace = "kube-node-lease"
			if c.Namespace != "" && c.Namespace != namespace {
				return
			}
			nodes, complete := snapshot.List(c.View, kinds.Nodes, "")
			if !c.Limited(0) {
				c.Yields(attack.Denial, attack.Nodes(""))
				return
			}
			for object := range nodes {
				if c.On(0, object.Name) {
					c.Shown(attack.Denial, attack.Nodes(object.Name), []model.Evidence{object.Evidence("metadata.name", object.Name)})
				}
			}
			if complete {
				return
			}
			for _, name := range c.Names(0) {
				c.Perhaps(attack.Denial, attack.Nodes(name), "there is a node "+name+"; not all were read")
			}
		},
	}
}
