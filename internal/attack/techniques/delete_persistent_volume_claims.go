package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeletePersistentVolumeClaims is to delete claims and what is stored behind them.
func DeletePersistentVolumeClaims() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-persistent-volume-claims", Title: "Delete PersistentVolumeClaims", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "With its claim goes a volume whose reclaim policy is Delete, the default of dynamic provisioning, and the data on the disk. A claim that a pod uses " +
				"goes when the pod does.",
			Remediation: "Use the reclaim policy Retain for data that matters, keep backups outside of the cluster, and let people not delete claims.",
			References: []model.Reference{
				model.MITRE("T1485"), model.MITRE("T1490"),
				model.Docs("concepts/storage/persistent-volumes/#delete"),
				model.Docs("concepts/storage/persistent-volumes/#storage-object-in-use-protection"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Resource: "persistentvolumeclaims"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Denial, kind("", "PersistentVolumeClaim"))
		},
	}
}
