package data

import (
	"holdfast.dev/holdfast/internal/analysis/storage"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// VolumeNotEncrypted fails claims, and volumes that nobody claims, whose data is not
// encrypted at rest.
func VolumeNotEncrypted() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "volume-not-encrypted",
			Title:    "Volume is not encrypted at rest",
			Layer:    model.LayerData,
			Severity: model.Medium,
			Rationale: "Whoever gets at the disk, a snapshot of it or a backup reads what the application keeps there, past every right that the " +
				"cluster checks.",
			Remediation: "Move the data to a volume of a class that encrypts: encryption cannot be added to a volume that exists.",
			References: []model.Reference{
				model.CWE("CWE-311"), model.MITRE("T1530"), model.Docs("concepts/storage/persistent-volumes/"),
			},
		},
		On: []string{"PersistentVolumeClaim", "PersistentVolume", "apps/StatefulSet"},
		Run: func(c *check.Case) {
			switch c.Object.Kind {
			case "PersistentVolumeClaim":
				claim, err := kinds.PersistentVolumeClaims.Read(c.Object)
				if err != nil {
					c.Unknown()
					return
				}
				judgeEncryption(c, "", "claim "+claim.Name, storage.OfClaim(c.View, c.Object, "spec", claim.Annotations, &claim.Spec), "spec.storageClassName", claim.Spec.StorageClassName)
			case "PersistentVolume":
				judgeVolume(c)
			default:
				judgeTemplates(c)
			}
		},
	}
}

func judgeVolume(c *check.Case) {
	pv, err := kinds.PersistentVolumes.Read(c.Object)
	if err != nil {
		c.Unknown()
		return
	}
	if ref := pv.Spec.ClaimRef; ref != nil {
		switch _, _, presence := snapshot.Get(c.View, kinds.PersistentVolumeClaims, ref.Namespace, ref.Name); presence {
		case snapshot.Present:
			c.Skip() // judged at its claim
			return
		case snapshot.Undetermined:
			c.Unknown()
			return
		}
	}
	judgeEncryption(c, "", "volume "+pv.Name, storage.OfVolume(c.View, c.Object, pv), "spec.storageClassName", pv.Spec.StorageClassName)
}

// judgeTemplates judges the claims that a StatefulSet will make. In a running
// cluster they are there themselves.
func judgeTemplates(c *check.Case) {
	set, err := kinds.StatefulSets.Read(c.Object)
	if err != nil {
		c.Unknown()
		return
	}
	if c.Settings().Live || len(set.Spec.VolumeClaimTemplates) == 0 {
		c.Skip()
		return
	}
	for i := range set.Spec.VolumeClaimTemplates {
		claim, path := &set.Spec.VolumeClaimTemplates[i], model.Path("spec.volumeClaimTemplates").Index(i)+".spec"
		e := storage.OfClaim(c.View, c.Object, path, claim.Annotations, &claim.Spec)
		judgeEncryption(c, claim.Name, "claim "+claim.Name, e, path+".storageClassName", claim.Spec.StorageClassName)
	}
}

func judgeEncryption(c *check.Case, key, what string, e storage.Encryption, path model.Path, class any) {
	switch e.State {
	case storage.Unknown:
		c.Unknown()
	case storage.NotEncrypted:
		c.Fail(key, "the data of %s is not encrypted: %s", what, e.Reason).At(path, class).In(e.Object, e.Path, e.Value)
	}
}
