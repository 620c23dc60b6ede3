package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// RestoreVolumeSnapshots is to copy the volumes of a namespace by a snapshot.
func RestoreVolumeSnapshots() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "restore-volume-snapshots", Title: "Create VolumeSnapshots and mount them", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A snapshot of a claim, restored into a new one, is a copy of its data, also where the volume itself is in use on another node and cannot be mounted. " +
				"The workload that owns the data notices nothing.",
			Remediation: "Let only backup tools create VolumeSnapshots; encrypt data in the application where others of the namespace may not read it.",
			References:  []model.Reference{model.MITRE("T1005"), model.Docs("concepts/storage/volume-snapshots/"), model.Reference{Catalogue: "KEP", ID: "177"}},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "snapshot.storage.k8s.io", Resource: "volumesnapshots"},
			{Verbs: "create", Resource: "persistentvolumeclaims"},
			{Verbs: "create", Resource: "pods"},
		},
		Yields: []attack.Yield{attack.Sideways},
		Ground: func(c *attack.Case) {
			b, ok := served(c.View, "volumesnapshots.snapshot.storage.k8s.io")
			if !ok {
				return
			}
			if claims, ok := some(c, kind("", "PersistentVolumeClaim"), c.Namespace); ok {
				b.and(claims).yields(c, attack.Sideways, attack.In(c.Namespace, "PersistentVolumeClaim", ""), "the volume's driver takes snapshots")
			}
		},
	}
}
