package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteNodes is to delete Nodes.
func DeleteNodes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-nodes", Title: "Delete nodes", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The pods of a Node that is gone are deleted, and its kubelet does not register again before it is restarted. Who controls a node and deletes the " +
				"others draws the pods of the cluster to it, with their tokens and secrets.",
			Remediation: "Let nobody but administrators and the controllers of the cloud provider delete nodes.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1610"),
				model.Docs("concepts/architecture/nodes/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/podgc/gc_controller.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Resource: "nodes", ClusterWide: true}},
		Yields: []attack.Yield{attack.Sideways, attack.Denial},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Sideways, attack.In("", "Pod", ""), controlsNode)
			onEach(c, 0, attack.Denial, "", "Node")
		},
	}
}
