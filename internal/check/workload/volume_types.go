package workload

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// VolumeTypes fails volumes of types that the restricted level does not allow,
// other than hostPath, see host-path-volume and the controls beside it, and
// gitRepo, see git-repo-volume, which does not look at running pods.
func VolumeTypes() check.Check {
	official, hostPaths := policy.CheckRestrictedVolumes(), policy.CheckHostPathVolumes()
	return check.Check{
		Control: model.Control{
			ID:       "volume-types",
			Title:    "Volume is of a type that only administrators should set up",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Inline network storage puts addresses, exports and often credentials into every manifest, past storage classes and quotas, " +
				"and some of these drivers run commands on the node as root.",
			Remediation: "Claim the storage by a persistentVolumeClaim, and leave the driver to a StorageClass.",
			References:  []model.Reference{model.PSS("Volume Types"), model.CIS("5.6.3"), model.Docs("concepts/storage/volumes/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				baseline := p.with(&hostPaths)
				for i, volume := range p.volumes() {
					if !p.forbidsVolume(volume) {
						continue
					}
					if p.located = true; baseline.forbidsVolume(volume) || volume.GitRepo != nil && !p.injected() {
						continue
					}
					field, path := volumeType(&volume.VolumeSource), p.volumePath(i)
					if field != "" {
						path = path.Child(field)
					}
					failure := p.fail(volume.Name, "volume %s is of type %s", volume.Name, field).In(p.holder.Object, path, volumeOrigin(&volume.VolumeSource))
					switch {
					case volume.GitRepo != nil: // CVE-2024-10220
						failure.Severity(model.High)
					case volume.FlexVolume != nil: // runs the driver's program on the node
						failure.Severity(model.Medium)
					}
				}
			})
		},
	}
}

// volumeType is the field that is set, as it is written; "" for one that is not known.
func volumeType(source *corev1.VolumeSource) string {
	fields := reflect.ValueOf(source).Elem()
	for i := range fields.NumField() {
		if !fields.Field(i).IsNil() {
			name, _, _ := strings.Cut(fields.Type().Field(i).Tag.Get("json"), ",")
			return name
		}
	}
	return ""
}

// volumeOrigin says where the files come from. Addresses of other types may hold
// credentials.
func volumeOrigin(source *corev1.VolumeSource) string {
	if source.NFS != nil {
		return source.NFS.Server + ":" + source.NFS.Path
	}
	return "set"
}
