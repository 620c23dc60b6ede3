package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeNodes is to change the labels and taints of nodes.
func ChangeNodes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-nodes", Title: "Change nodes", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A taint with effect NoExecute drives all pods from a node that do not tolerate it, and an unschedulable node gets no new ones. Who controls one node " +
				"and taints the others draws the pods of the cluster to it, with their tokens and secrets; labels draw those that ask for certain nodes.",
			Remediation: "Let nobody but administrators and the cluster's own controllers change nodes; label nodes under node-restriction.kubernetes.io/, which kubelets cannot " +
				"change, to keep workloads apart.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1610"),
				model.Docs("concepts/scheduling-eviction/taint-and-toleration/"),
				model.Docs("concepts/scheduling-eviction/assign-pod-node/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "nodes", ClusterWide: true}},
		Yields: []attack.Yield{attack.Sideways, attack.Denial},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Sideways, attack.In("", "Pod", ""), controlsNode)
			onEach(c, 0, attack.Denial, "", "Node")
		},
	}
}
