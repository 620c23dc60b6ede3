package rbac

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// volume is a PersistentVolume that is bound to a claim.
type volume struct {
	object *snapshot.Object
	claim  *corev1.ObjectReference
}

// volumeUse is a PersistentVolume that names a secret.
type volumeUse struct {
	volume *volume
	path   model.Path
}

type volumeIndex struct {
	byName  map[string]*volume
	secrets map[vertex][]volumeUse
	unsure  []model.Scope
}

var volumes = snapshot.Memo[struct{}, *volumeIndex]{Name: "rbac.volumes", Compute: func(v *snapshot.View, _ struct{}) *volumeIndex {
	index := &volumeIndex{byName: map[string]*volume{}, secrets: map[vertex][]volumeUse{}}
	all, complete := supplied(v, kinds.PersistentVolumes, "")
	for object, value := range all {
		complete = complete && !object.Partial
		if value.Spec.ClaimRef == nil {
			continue
		}
		bound := &volume{object: object, claim: value.Spec.ClaimRef}
		index.byName[object.Name] = bound
		for _, secret := range volumeSecrets(&value.Spec) {
			key := vertex{kind: secretVertex, namespace: secret.namespace, name: secret.name}
			index.secrets[key] = append(index.secrets[key], volumeUse{volume: bound, path: secret.path})
		}
	}
	if !complete {
		index.unsure = []model.Scope{scopeOf(v, kinds.PersistentVolumes, "")}
	}
	return index
}}

// volumeSecret is a secret that a PersistentVolume names, and where.
type volumeSecret struct {
	path            model.Path
	namespace, name string
}

// volumeSecrets are the secrets that a kubelet needs for a PersistentVolume that is
// bound, as VisitPVSecretNames of pkg/api/v1/persistentvolume/util.go finds them.
func volumeSecrets(spec *corev1.PersistentVolumeSpec) []volumeSecret {
	claims := spec.ClaimRef.Namespace // counts where a reference names no namespace
	switch source := &spec.PersistentVolumeSource; {
	case source.AzureFile != nil:
		found := volumeSecret{path: "spec.azureFile.secretName", namespace: claims, name: source.AzureFile.SecretName}
		if namespace := source.AzureFile.SecretNamespace; namespace != nil && *namespace != "" {
			found.namespace = *namespace
		}
		return []volumeSecret{found}
	case source.CephFS != nil:
		return secretAt("spec.cephfs.secretRef", source.CephFS.SecretRef, claims)
	case source.Cinder != nil:
		return secretAt("spec.cinder.secretRef", source.Cinder.SecretRef, "")
	case source.FlexVolume != nil:
		return secretAt("spec.flexVolume.secretRef", source.FlexVolume.SecretRef, claims)
	case source.RBD != nil:
		return secretAt("spec.rbd.secretRef", source.RBD.SecretRef, claims)
	case source.ScaleIO != nil:
		return secretAt("spec.scaleIO.secretRef", source.ScaleIO.SecretRef, claims)
	case source.ISCSI != nil:
		return secretAt("spec.iscsi.secretRef", source.ISCSI.SecretRef, claims)
	case source.StorageOS != nil && source.StorageOS.SecretRef != nil:
		ref := source.StorageOS.SecretRef
		return []volumeSecret{{path: "spec.storageos.secretRef", namespace: ref.Namespace, name: ref.Name}}
	case source.CSI != nil: // the other secrets are for the driver's controller
		return slices.Concat(
			secretAt("spec.csi.nodePublishSecretRef", source.CSI.NodePublishSecretRef, ""),
			secretAt("spec.csi.nodeStageSecretRef", source.CSI.NodeStageSecretRef, ""),
			secretAt("spec.csi.nodeExpandSecretRef", source.CSI.NodeExpandSecretRef, ""))
	default:
		return nil
	}
}

func secretAt(path model.Path, ref *corev1.SecretReference, otherwise string) []volumeSecret {
	if ref == nil {
		return nil
	}
	return []volumeSecret{{path: path, namespace: cmp.Or(ref.Namespace, otherwise), name: ref.Name}}
}
