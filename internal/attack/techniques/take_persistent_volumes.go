package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// TakePersistentVolumes is to give a volume of another namespace to a claim of one's own.
func TakePersistentVolumes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "take-persistent-volumes", Title: "Change PersistentVolumes and mount them", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The claim of a PersistentVolume can be changed to one in another namespace. A pod there mounts it, and reads and writes the data of whoever had it: " +
				"databases, keys, backups.",
			Remediation: "Let only storage controllers and administrators change PersistentVolumes.",
			References: []model.Reference{
				model.MITRE("T1005"), model.MITRE("T1565.001"),
				model.Docs("concepts/storage/persistent-volumes/#binding"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/volume/persistentvolume/pv_controller.go"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Resource: "persistentvolumes", ClusterWide: true},
			{Verbs: "create", Resource: "persistentvolumeclaims"},
			{Verbs: "create", Resource: "pods"},
		},
		Yields: []attack.Yield{attack.Sideways, attack.Integrity},
		Ground: func(c *attack.Case) {
			w := wide(c)
			onExisting(w, attack.Sideways, kind("", "PersistentVolume"))
			onExisting(w, attack.Integrity, kind("", "PersistentVolume"))
		},
	}
}
