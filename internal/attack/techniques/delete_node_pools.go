package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// DeleteNodePools is to have Karpenter take nodes away.
func DeleteNodePools() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-node-pools", Title: "Delete Karpenter node pools", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "With a NodePool go its nodes: Karpenter drains and ends each, and starts no more.",
			Remediation: "Let administrators alone delete node pools.",
			References: []model.Reference{
				model.MITRE("T1489"), {Catalogue: "URL", ID: "https://karpenter.sh/docs/concepts/nodepools/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "karpenter.sh", Resource: "nodepools", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			_, defined := served(c.View, "nodepools.karpenter.sh")
			if b, ok := existing(c, snapshot.GroupKind{Group: "karpenter.sh", Kind: "NodePool"}); ok && defined {
				b.yields(c, attack.Denial, attack.Nodes(""))
			}
		},
	}
}
