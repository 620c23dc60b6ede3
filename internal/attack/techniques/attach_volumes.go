package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// AttachVolumes is to attach the volume of another to a node of one's choice.
func AttachVolumes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "attach-volumes", Title: "Create VolumeAttachments", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "A VolumeAttachment has the storage driver attach a volume to a node, with no pod that asks for it. Who controls that node reads and writes the disk.",
			Remediation: "Let only the controller manager create VolumeAttachments.",
			References: []model.Reference{
				model.MITRE("T1005"), model.MITRE("T1565.001"),
				model.Docs("concepts/storage/persistent-volumes/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/volume/csi/csi_attacher.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "storage.k8s.io", Resource: "volumeattachments", ClusterWide: true}},
		Yields: []attack.Yield{attack.Sideways, attack.Integrity},
		Ground: func(c *attack.Case) {
			const free = "the volume is attached nowhere, or may be in several places"
			c.Yields(attack.Sideways, attack.In("", "PersistentVolume", ""), controlsNode, free)
			c.Yields(attack.Integrity, attack.In("", "PersistentVolume", ""), controlsNode, free)
		},
	}
}
