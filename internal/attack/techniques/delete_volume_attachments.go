package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteVolumeAttachments is to have volumes taken from the nodes that use them.
func DeleteVolumeAttachments() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-volume-attachments", Title: "Delete VolumeAttachments", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "When a VolumeAttachment is deleted, the storage driver detaches the volume from its node, also under pods that write to it: they fail, and what was " +
				"not yet written is lost.",
			Remediation: "Let only the controller manager delete VolumeAttachments.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1485"),
				model.Docs("concepts/storage/persistent-volumes/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes-csi/external-attacher"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "storage.k8s.io", Resource: "volumeattachments", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Denial, kind("storage.k8s.io", "VolumeAttachment"))
		},
	}
}
