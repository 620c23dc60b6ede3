package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateStorageClasses is to create the default storage class.
func CreateStorageClasses() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-storage-classes", Title: "Create StorageClasses", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "Of several storage classes that are marked as default the newest counts. Claims that name no class then get volumes as its creator chose: without " +
				"encryption, from a provisioner of his own, or from none, so that they wait for ever.",
			Remediation: "Let only administrators create storage classes, and let claims name theirs.",
			References: []model.Reference{
				model.MITRE("T1565.001"), model.MITRE("T1499"),
				model.Docs("concepts/storage/storage-classes/#default-storageclass"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/volume/util/storageclass.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "storage.k8s.io", Resource: "storageclasses", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity, attack.Denial},
		Ground: func(c *attack.Case) {
			const unnamed = "a claim is created that names no storage class"
			c.Yields(attack.Integrity, attack.In("", "PersistentVolumeClaim", ""), unnamed)
			c.Yields(attack.Denial, attack.In("", "PersistentVolumeClaim", ""), unnamed)
		},
	}
}
