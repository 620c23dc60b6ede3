package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingStorageClass fails volume claims of a storage class that does not exist.
func MissingStorageClass() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "missing-storage-class",
			Title:       "Volume claim names a storage class that does not exist",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "No volume is made for the claim, and the pods that use it wait.",
			Remediation: "Create the StorageClass, correct storageClassName, or leave it out to use the default class.",
			References:  []model.Reference{model.Docs("concepts/storage/storage-classes/")},
		},
		On: append(workload.Kinds(), "PersistentVolumeClaim"),
		Run: func(c *check.Case) {
			switch c.Object.Kind {
			case "PersistentVolumeClaim":
				claim, err := kinds.PersistentVolumeClaims.Read(c.Object)
				if err != nil {
					c.Unknown()
					return
				}
				storageClass(c, &claim.Spec, "spec")
				return
			case "StatefulSet":
				if set, err := kinds.StatefulSets.Read(c.Object); err == nil {
					for i := range set.Spec.VolumeClaimTemplates {
						storageClass(c, &set.Spec.VolumeClaimTemplates[i].Spec, model.Path("spec.volumeClaimTemplates").Index(i)+".spec")
					}
				}
			}
			w := c.Workload()
			for i := range w.Spec.Volumes {
				if v := w.Spec.Volumes[i].Ephemeral; v != nil && v.VolumeClaimTemplate != nil {
					storageClass(c, &v.VolumeClaimTemplate.Spec, (w.Path+".volumes").Index(i)+".ephemeral.volumeClaimTemplate.spec")
				}
			}
		},
	}
}

// storageClass judges one claim. A class that only volumes name needs no object:
// that is how volumes which an administrator made are claimed.
func storageClass(c *check.Case, claim *corev1.PersistentVolumeClaimSpec, path model.Path) {
	if claim.StorageClassName == nil || *claim.StorageClassName == "" || claim.VolumeName != "" {
		return
	}
	name := *claim.StorageClassName
	if _, _, presence := snapshot.Get(c.View, kinds.StorageClasses, "", name); presence != snapshot.Absent {
		return
	}
	for _, object := range c.Objects(snapshot.GroupKind{Kind: "PersistentVolume"}, "") {
		if volume, err := kinds.PersistentVolumes.Read(object); err == nil && volume.Spec.StorageClassName == name {
			return
		}
	}
	if asSupplied(c, "", "PersistentVolume", "") {
		dangling(c, "StorageClass", name, c.Object, path+".storageClassName")
	}
}
