package rbac

import (
	"iter"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/model"
)

// podName is a name in a pod spec of another object of its namespace.
type podName struct {
	name string
	path model.Path
}

// podNames are the secrets, ConfigMaps and claims that a pod spec names, as
// VisitPodSecretNames and VisitPodConfigmapNames of pkg/api/v1/pod/util.go and AddPod
// of the Node authorizer's graph find them. Names may be empty.
func podNames(spec *corev1.PodSpec, base model.Path) iter.Seq2[vertexKind, podName] {
	return func(yield func(vertexKind, podName) bool) {
		for i := range spec.ImagePullSecrets {
			if !yield(secretVertex, podName{spec.ImagePullSecrets[i].Name, (base + ".imagePullSecrets").Index(i) + ".name"}) {
				return
			}
		}
		for i := range spec.InitContainers {
			c := &spec.InitContainers[i]
			if !containerNames(c.Env, c.EnvFrom, (base + ".initContainers").Index(i), yield) {
				return
			}
		}
		for i := range spec.Containers {
			c := &spec.Containers[i]
			if !containerNames(c.Env, c.EnvFrom, (base + ".containers").Index(i), yield) {
				return
			}
		}
		for i := range spec.EphemeralContainers {
			c := &spec.EphemeralContainers[i]
			if !containerNames(c.Env, c.EnvFrom, (base + ".ephemeralContainers").Index(i), yield) {
				return
			}
		}
		for i := range spec.Volumes {
			if !volumeNames(&spec.Volumes[i].VolumeSource, (base + ".volumes").Index(i), yield) {
				return
			}
		}
	}
}

func containerNames(env []corev1.EnvVar, from []corev1.EnvFromSource, path model.Path, yield func(vertexKind, podName) bool) bool {
	for i := range from {
		if ref := from[i].SecretRef; ref != nil && !yield(secretVertex, podName{ref.Name, (path + ".envFrom").Index(i) + ".secretRef.name"}) {
			return false
		}
		if ref := from[i].ConfigMapRef; ref != nil && !yield(configMapVertex, podName{ref.Name, (path + ".envFrom").Index(i) + ".configMapRef.name"}) {
			return false
		}
	}
	for i := range env {
		value := env[i].ValueFrom
		if value == nil {
			continue
		}
		if ref := value.SecretKeyRef; ref != nil && !yield(secretVertex, podName{ref.Name, (path + ".env").Index(i) + ".valueFrom.secretKeyRef.name"}) {
			return false
		}
		if ref := value.ConfigMapKeyRef; ref != nil && !yield(configMapVertex, podName{ref.Name, (path + ".env").Index(i) + ".valueFrom.configMapKeyRef.name"}) {
			return false
		}
	}
	return true
}

func volumeNames(source *corev1.VolumeSource, path model.Path, yield func(vertexKind, podName) bool) bool {
	if source.Projected != nil {
		return projectedNames(source.Projected.Sources, path+".projected.sources", yield)
	}
	if source.ConfigMap != nil {
		return yield(configMapVertex, podName{source.ConfigMap.Name, path + ".configMap.name"})
	}
	if source.PersistentVolumeClaim != nil {
		return yield(claimVertex, podName{source.PersistentVolumeClaim.ClaimName, path + ".persistentVolumeClaim.claimName"})
	}
	field, name := volumeSecretName(source)
	return name == "" || yield(secretVertex, podName{name, path + field})
}

func projectedNames(sources []corev1.VolumeProjection, path model.Path, yield func(vertexKind, podName) bool) bool {
	for i := range sources {
		if ref := sources[i].Secret; ref != nil && !yield(secretVertex, podName{ref.Name, path.Index(i) + ".secret.name"}) {
			return false
		}
		if ref := sources[i].ConfigMap; ref != nil && !yield(configMapVertex, podName{ref.Name, path.Index(i) + ".configMap.name"}) {
			return false
		}
	}
	return true
}

// volumeSecretName is the secret that a volume of a pod names, and the field.
func volumeSecretName(source *corev1.VolumeSource) (model.Path, string) {
	local := func(field model.Path, ref *corev1.LocalObjectReference) (model.Path, string) {
		if ref == nil {
			return "", ""
		}
		return field, ref.Name
	}
	switch {
	case source.AzureFile != nil:
		return ".azureFile.secretName", source.AzureFile.SecretName
	case source.CephFS != nil:
		return local(".cephfs.secretRef.name", source.CephFS.SecretRef)
	case source.Cinder != nil:
		return local(".cinder.secretRef.name", source.Cinder.SecretRef)
	case source.FlexVolume != nil:
		return local(".flexVolume.secretRef.name", source.FlexVolume.SecretRef)
	case source.RBD != nil:
		return local(".rbd.secretRef.name", source.RBD.SecretRef)
	case source.Secret != nil:
		return ".secret.secretName", source.Secret.SecretName
	case source.ScaleIO != nil:
		return local(".scaleIO.secretRef.name", source.ScaleIO.SecretRef)
	case source.ISCSI != nil:
		return local(".iscsi.secretRef.name", source.ISCSI.SecretRef)
	case source.StorageOS != nil:
		return local(".storageos.secretRef.name", source.StorageOS.SecretRef)
	case source.CSI != nil:
		return local(".csi.nodePublishSecretRef.name", source.CSI.NodePublishSecretRef)
	default:
		return "", ""
	}
}

// podClaims are the claims that are made for one pod: of its ephemeral volumes, and
// for its resource claims (k8s.io/dynamic-resource-allocation/resourceclaim).
func podClaims(pod *corev1.Pod) []podClaim {
	var claims []podClaim
	for i := range pod.Spec.Volumes {
		if volume := &pod.Spec.Volumes[i]; volume.PersistentVolumeClaim == nil && volume.Ephemeral != nil {
			claims = append(claims, podClaim{claimVertex, podName{pod.Name + "-" + volume.Name, model.Path("spec.volumes").Index(i) + ".ephemeral"}})
		}
	}
	for i := range pod.Spec.ResourceClaims {
		if name := resourceClaimName(pod, i); name != nil {
			claims = append(claims, podClaim{resourceClaimVertex, podName{*name, model.Path("spec.resourceClaims").Index(i)}})
		}
	}
	if status := pod.Status.ExtendedResourceClaimStatus; status != nil {
		claims = append(claims, podClaim{resourceClaimVertex, podName{status.ResourceClaimName, "status.extendedResourceClaimStatus.resourceClaimName"}})
	}
	return claims
}

type podClaim struct {
	kind vertexKind
	podName
}

// resourceClaimName is nil where no claim was made yet.
func resourceClaimName(pod *corev1.Pod, i int) *string {
	claim := &pod.Spec.ResourceClaims[i]
	switch {
	case claim.ResourceClaimName != nil:
		return claim.ResourceClaimName
	case claim.ResourceClaimTemplateName != nil:
		for _, status := range pod.Status.ResourceClaimStatuses {
			if status.Name == claim.Name {
				return status.ResourceClaimName
			}
		}
	}
	return nil
}
