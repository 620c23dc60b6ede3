package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// MountCreatedVolumes is to mount the disk of a node through a PersistentVolume of one's own.
func MountCreatedVolumes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "mount-created-volumes", Title: "Create PersistentVolumes and mount them", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A PersistentVolume of type hostPath or local is any folder or disk of a node. Pod Security looks at the volumes of the pod and lets a claim through at " +
				"every level, also restricted, and what stands behind the claim it does not see. With fsGroup the files of a local volume become the pod's, so that it " +
				"needs no root to take over the node.",
			Remediation: "Let only storage provisioners and administrators create PersistentVolumes; others ask for storage by claims and storage classes.",
			References: []model.Reference{
				model.MITRE("T1611"), model.MITRE("T1610"),
				model.Docs("concepts/security/rbac-good-practices/#persistent-volume-creation"),
				model.Docs("concepts/storage/volumes/#hostpath"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Resource: "persistentvolumes", ClusterWide: true},
			{Verbs: "create", Resource: "persistentvolumeclaims"},
			{Verbs: "create", Resource: "pods"},
		},
		Yields: []attack.Yield{attack.Node},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Node, attack.Nodes(""))
		},
	}
}
