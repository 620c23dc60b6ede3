package data

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// StorageClassDeletesData tells of classes whose volumes are deleted with their
// claims.
func StorageClassDeletesData() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "storage-class-deletes-data",
			Title:    "Deleting a claim deletes its data",
			Layer:    model.LayerData,
			Severity: model.Info,
			Rationale: "Whoever may delete a claim or a namespace, by mistake or not, destroys what was kept there at once, and no snapshot is taken " +
				"first.",
			Remediation: "Keep data that matters on a class with reclaimPolicy: Retain, and back it up; give few people the right to delete claims.",
			References:  []model.Reference{model.MITRE("T1485"), model.CWE("CWE-404"), model.Docs("concepts/storage/persistent-volumes/#reclaiming")},
		},
		On: []string{"storage.k8s.io/StorageClass"},
		Run: func(c *check.Case) {
			class, err := kinds.StorageClasses.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			// Delete is the default.
			if class.ReclaimPolicy == nil || *class.ReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
				c.Fail("", "volumes of class %s are deleted with their claims", class.Name).At("reclaimPolicy", check.IfWritten(c.Object, "reclaimPolicy", value(class.ReclaimPolicy))).
					Fix(3, "Keep volumes when claims go; the class has to be made anew", check.Set(c.Object, "reclaimPolicy", corev1.PersistentVolumeReclaimRetain))
			}
		},
	}
}

// value is what a pointer points at, or nil.
func value[T any](pointer *T) any {
	if pointer == nil {
		return nil
	}
	return *pointer
}
