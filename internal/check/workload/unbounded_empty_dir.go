package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// UnboundedEmptyDir fails emptyDir volumes on disk that nothing bounds.
func UnboundedEmptyDir() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "unbounded-empty-dir",
			Title:       "Volume on the disk of the node has no bound",
			Layer:       model.LayerWorkload,
			Severity:    model.Info,
			Rationale:   "A container that fills the volume fills the disk that the node, its logs and its images share; pods are evicted.",
			Remediation: "Set emptyDir.sizeLimit, or an ephemeral-storage limit for every container of the pod.",
			References:  []model.Reference{model.MITRE("T1499"), model.CWE("CWE-770"), model.Docs("concepts/storage/volumes/#emptydir")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Spec.Volumes {
				volume := &w.Spec.Volumes[i]
				if volume.EmptyDir == nil || volume.EmptyDir.Medium == corev1.StorageMediumMemory || volume.EmptyDir.SizeLimit != nil {
					continue
				}
				if without(c, w, limits, corev1.ResourceEphemeralStorage) != nil {
					c.Fail(volume.Name, "volume %s has no sizeLimit", volume.Name).
						At((w.Path+".volumes").Index(i)+".emptyDir.sizeLimit", nil)
				}
			}
		},
	}
}
