package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ImportVolumeSnapshots is to bring a snapshot of another namespace into one's own.
func ImportVolumeSnapshots() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "import-volume-snapshots", Title: "Create VolumeSnapshotContents", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A VolumeSnapshotContent names a snapshot by the handle that the storage knows it by, and gives it to a VolumeSnapshot of any namespace: nothing asks " +
				"whose it was. Restored and mounted, it is all the data of the other: databases, keys, backups.",
			Remediation: "Let only administrators and the snapshot controller create VolumeSnapshotContents; keep the handles of snapshots from others.",
			References: []model.Reference{
				model.MITRE("T1005"),
				model.Docs("concepts/storage/volume-snapshots/#volume-snapshot-contents"),
				model.Reference{Catalogue: "KEP", ID: "177"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "snapshot.storage.k8s.io", Resource: "volumesnapshotcontents", ClusterWide: true},
			{Verbs: "create", Group: "snapshot.storage.k8s.io", Resource: "volumesnapshots"},
			{Verbs: "create", Resource: "persistentvolumeclaims"},
			{Verbs: "create", Resource: "pods"},
		},
		Yields: []attack.Yield{attack.Sideways},
		Ground: func(c *attack.Case) {
			if b, ok := served(c.View, "volumesnapshotcontents.snapshot.storage.k8s.io"); ok {
				b.yields(c, attack.Sideways, attack.In("", "PersistentVolumeClaim", ""), "the subject knows the handle of a snapshot in the storage")
			}
		},
	}
}
