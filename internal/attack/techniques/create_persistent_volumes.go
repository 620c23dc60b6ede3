package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreatePersistentVolumes is to offer volumes of one's own to claims of others.
func CreatePersistentVolumes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-persistent-volumes", Title: "Create PersistentVolumes", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A claim that waits for a volume takes one that names it, or that fits. Who creates volumes decides where the data of others goes: to a server of his " +
				"own, or a folder of a node that he reads and changes.",
			Remediation: "Let only storage provisioners and administrators create PersistentVolumes.",
			References: []model.Reference{
				model.MITRE("T1565.001"),
				model.Docs("concepts/storage/persistent-volumes/#reserving-a-persistentvolume"),
				model.Docs("concepts/security/rbac-good-practices/#persistent-volume-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "persistentvolumes", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Integrity, attack.In("", "PersistentVolumeClaim", ""), "a claim waits for a volume")
		},
	}
}
