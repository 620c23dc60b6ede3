package data

import (
	"holdfast.dev/holdfast/internal/analysis/storage"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// StorageClassNotEncrypted fails storage classes whose volumes are not encrypted.
func StorageClassNotEncrypted() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "storage-class-not-encrypted",
			Title:    "Storage class makes volumes that are not encrypted",
			Layer:    model.LayerData,
			Severity: model.Medium,
			Rationale: "Whoever gets at the disks, a snapshot of them or a backup reads the data: in the data centre, in the cloud account, or " +
				"from a drive that was sold. Encryption cannot be added to a volume that exists.",
			Remediation: "Create a class that encrypts (EBS: encrypted: \"true\" with kmsKeyId; Longhorn, Ceph, LUKS drivers: encrypted with a Secret that holds the key) and move the data to it.",
			References: []model.Reference{
				model.CWE("CWE-311"), model.MITRE("T1530"), model.Docs("concepts/storage/storage-classes/#parameters"),
			},
		},
		On: []string{"storage.k8s.io/StorageClass"},
		Run: func(c *check.Case) {
			class, err := kinds.StorageClasses.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			e := storage.OfClass(c.Object, class)
			switch e.State {
			case storage.Unknown:
				c.Unknown()
			case storage.NotEncrypted:
				failure := c.Fail("", "volumes of class %s are not encrypted: %s", c.Object.Name, e.Reason).At(e.Path, e.Value).At("provisioner", class.Provisioner)
				if e.Switch != "" {
					failure.Fix(4, "Encrypt new volumes; the class has to be made anew", check.Set(c.Object, e.Path, e.Switch))
				}
			}
		},
	}
}
