package workload

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingPersistentVolumeClaim fails workloads that refer to a PersistentVolumeClaim
// that does not exist.
func MissingPersistentVolumeClaim() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "missing-persistent-volume-claim",
			Title:       "Workload uses a volume claim that does not exist",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The pods wait until the claim exists. Whoever may create it decides which data they read and where theirs go.",
			Remediation: "Create the PersistentVolumeClaim, or correct claimName.",
			References:  []model.Reference{model.Docs("concepts/storage/persistent-volumes/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for ref := range c.Workload().References("PersistentVolumeClaim") {
				_, _, presence := snapshot.Get(c.View, kinds.PersistentVolumeClaims, c.Object.Namespace, ref.Name)
				if presence == snapshot.Absent && !claimedBySet(c, ref.Name) {
					dangling(c, "PersistentVolumeClaim", ref.Name, ref.Object, ref.Path)
				}
			}
		},
	}
}

// claimedBySet reports whether a claim is one that a StatefulSet makes for a pod.
func claimedBySet(c *check.Case, claim string) bool {
	for _, object := range c.Objects(snapshot.GroupKind{Group: "apps", Kind: "StatefulSet"}, c.Object.Namespace) {
		set, err := kinds.StatefulSets.Read(object)
		if err != nil {
			continue
		}
		for i := range set.Spec.VolumeClaimTemplates {
			if ordinal, ok := strings.CutPrefix(claim, set.Spec.VolumeClaimTemplates[i].Name+"-"+set.Name+"-"); ok && strings.Trim(ordinal, "0123456789") == "" {
				return true
			}
		}
	}
	return !asSupplied(c, "apps", "StatefulSet", c.Object.Namespace)
}
