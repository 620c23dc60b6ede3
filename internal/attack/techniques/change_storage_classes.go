package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeStorageClasses is to change which storage class is the default, and its mount options.
func ChangeStorageClasses() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-storage-classes", Title: "Change StorageClasses", Layer: model.LayerCluster, Severity: model.Low,
			Rationale: "Provisioner and parameters of a storage class cannot be changed, but which one is the default can: claims that name none then get another, perhaps " +
				"without encryption. Mount options can too: with wrong ones no new volume of the class can be mounted.",
			Remediation: "Let only administrators change storage classes, and let claims name theirs.",
			References: []model.Reference{
				model.MITRE("T1565.001"), model.MITRE("T1499"),
				model.Docs("concepts/storage/storage-classes/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/storage/validation/validation.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "storage.k8s.io", Resource: "storageclasses", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity, attack.Denial},
		Ground: func(c *attack.Case) {
			gk := kind("storage.k8s.io", "StorageClass")
			onExisting(c, attack.Integrity, gk)
			onExisting(c, attack.Denial, gk)
		},
	}
}
