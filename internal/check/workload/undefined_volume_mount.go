package workload

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// UndefinedVolumeMount fails containers that mount a volume which the pod does not have.
func UndefinedVolumeMount() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "undefined-volume-mount",
			Title:       "Container mounts a volume that the pod does not have",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The API server refuses the workload: it is not deployed, or its last version goes on running.",
			Remediation: "Add the volume to the pod spec, or correct the name.",
			References:  []model.Reference{model.Docs("concepts/storage/volumes/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Containers {
				container := &w.Containers[i]
				if container.Injected(w) {
					continue
				}
				for j := range container.VolumeMounts {
					if name := container.VolumeMounts[j].Name; !volumeDefined(w, name) {
						c.Fail(container.Name+"/"+container.VolumeMounts[j].MountPath, "container %s mounts volume %s", container.Name, name).
							At((container.Path+".volumeMounts").Index(j)+".name", name)
					}
				}
				for j := range container.VolumeDevices {
					if name := container.VolumeDevices[j].Name; !volumeDefined(w, name) {
						c.Fail(container.Name+"/"+container.VolumeDevices[j].DevicePath, "container %s uses volume %s as a device", container.Name, name).
							At((container.Path+".volumeDevices").Index(j)+".name", name)
					}
				}
			}
		},
	}
}

// volumeDefined looks among the volumes of a pod and the claims that a StatefulSet
// adds to them.
func volumeDefined(w *workload.Workload, name string) bool {
	for i := range w.Spec.Volumes {
		if w.Spec.Volumes[i].Name == name {
			return true
		}
	}
	if w.Object.Kind != "StatefulSet" {
		return false
	}
	set, err := kinds.StatefulSets.Read(w.Object)
	return err != nil || slices.ContainsFunc(set.Spec.VolumeClaimTemplates, func(claim corev1.PersistentVolumeClaim) bool { return claim.Name == name })
}
