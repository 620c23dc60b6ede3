package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangePersistentVolumes is to change which claim a volume belongs to, and what becomes of it.
func ChangePersistentVolumes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-persistent-volumes", Title: "Change PersistentVolumes", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The source of a volume cannot be changed, but its claim can: the claim that had it is lost, and its pods do not start again. With the reclaim policy " +
				"Delete the data goes with the claim.",
			Remediation: "Let only storage controllers and administrators change PersistentVolumes; keep backups outside of the cluster.",
			References: []model.Reference{
				model.MITRE("T1485"), model.MITRE("T1489"),
				model.Docs("concepts/storage/persistent-volumes/#reclaiming"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/volume/persistentvolume/pv_controller.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "persistentvolumes", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Denial, kind("", "PersistentVolume"))
		},
	}
}
