package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// UnboundedMemoryVolume fails memory volumes that may grow to all memory of the node.
func UnboundedMemoryVolume() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "unbounded-memory-volume",
			Title:    "Volume in memory has no bound",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "What is written to the volume is memory of the node. Without a size, and with a container that has no memory " +
				"limit, one upload can take all of it.",
			Remediation: "Set emptyDir.sizeLimit, or a memory limit for every container of the pod.",
			References:  []model.Reference{model.MITRE("T1499"), model.CWE("CWE-770"), model.Docs("concepts/storage/volumes/#emptydir")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Spec.Volumes {
				volume := &w.Spec.Volumes[i]
				if volume.EmptyDir == nil || volume.EmptyDir.Medium != corev1.StorageMediumMemory || volume.EmptyDir.SizeLimit != nil {
					continue
				}
				if unlimited := without(c, w, limits, corev1.ResourceMemory); unlimited != nil {
					c.Fail(volume.Name, "volume %s is memory without sizeLimit, and container %s has no memory limit", volume.Name, unlimited.Name).
						At((w.Path+".volumes").Index(i)+".emptyDir.sizeLimit", nil).
						In(unlimited.Object, unlimited.Path+".resources.limits.memory", nil)
				}
			}
		},
	}
}
