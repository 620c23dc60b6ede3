package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// RemovedVolumePlugin fails volumes of drivers that Kubernetes itself no longer has.
func RemovedVolumePlugin() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "removed-volume-plugin",
			Title:    "Volume needs a driver that was removed from Kubernetes",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Pods with the volume do not start. Types that only changed hands go on working through the vendor's CSI driver, " +
				"if it is installed, and are served for old manifests only.",
			Remediation: "Claim the storage with a PersistentVolumeClaim from a StorageClass of a CSI driver.",
			References:  []model.Reference{model.CWE("CWE-477"), model.Docs("concepts/storage/volumes/#types-of-volumes")},
		},
		On: append([]string{"PersistentVolume", "storage.k8s.io/StorageClass"}, workload.Kinds()...),
		Run: func(c *check.Case) {
			switch c.Object.Kind {
			case "PersistentVolume":
				pv, err := kinds.PersistentVolumes.Read(c.Object)
				if err != nil {
					c.Unknown()
					return
				}
				failPlugin(c, "", "volume "+c.Object.Name, typeOfPersistentVolume(&pv.Spec.PersistentVolumeSource), "spec", "set")
			case "StorageClass":
				class, err := kinds.StorageClasses.Read(c.Object)
				if err != nil {
					c.Unknown()
					return
				}
				failPlugin(c, "", "class "+c.Object.Name, typeOfProvisioner(class.Provisioner), "provisioner", class.Provisioner)
			default:
				w := c.Workload()
				for i := range w.Spec.Volumes {
					v := &w.Spec.Volumes[i]
					failPlugin(c, v.Name, "volume "+v.Name, typeOfVolume(&v.VolumeSource), (w.Path + ".volumes").Index(i), "set")
				}
			}
		},
	}
}

// failPlugin judges one volume. path is the provisioner, or what holds the field of
// the volume's type.
func failPlugin(c *check.Case, key, what, field string, path model.Path, value string) {
	p, old := inTree(field)
	if !old {
		return
	}
	if path != "provisioner" {
		path = path.Child(field)
	}
	version := c.Settings().Version
	switch {
	case p.removed > 0 && version.AtLeast(p.removed):
		c.Fail(key, "%s is of type %s, which does not work since Kubernetes 1.%d", what, field, p.removed).At(path, value)
	case p.driver != "" && version.AtLeast(p.moved):
		c.Fail(key, "%s is of type %s, which needs the CSI driver %s since Kubernetes 1.%d", what, field, p.driver, p.moved).
			Severity(model.Info).At(path, value)
	}
}
