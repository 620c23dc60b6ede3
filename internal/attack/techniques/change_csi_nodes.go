package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeCSINodes is to change what storage drivers a node is said to have.
func ChangeCSINodes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-csi-nodes", Title: "Change CSINodes", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A CSINode says which drivers run on a node, how many volumes it takes and by which id the storage knows it. Without its driver or with room for no " +
				"volume, pods with volumes do not get there; with the id of another machine the volume is attached to that one.",
			Remediation: "Let only kubelets change their own CSINode, which the Node authorizer allows them.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1565"),
				model.Docs("concepts/storage/storage-limits/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/storage/validation/validation.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "storage.k8s.io", Resource: "csinodes", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity, attack.Denial},
		Ground: func(c *attack.Case) {
			gk := kind("storage.k8s.io", "CSINode")
			onExisting(c, attack.Integrity, gk)
			onExisting(c, attack.Denial, gk)
		},
	}
}
