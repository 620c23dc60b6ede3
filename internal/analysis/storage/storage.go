// Package storage says whether the volumes of a storage class, a PersistentVolume or
// a claim are encrypted at rest, who holds the key, and which field decides.
//
// It knows what the drivers' own documentation says of their parameters. What
// depends on a setting outside of the cluster (the default of a cloud account, the
// disks below a storage system) is Unknown.
package storage

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// State says whether data is encrypted at rest.
type State uint8

// The states.
const (
	Unknown State = iota
	Encrypted
	NotEncrypted
)

// Holder says whose key encrypts.
type Holder uint8

// The holders. A driver that encrypts with a key from a Secret of the cluster makes
// the customer its holder.
const (
	NobodyKnown Holder = iota
	Provider
	Customer
)

// Encryption is what is known of a volume. Object, Path and Value are the field that
// decides: Value is "" when it is not set. Reason says in a few words why.
type Encryption struct {
	State  State
	Holder Holder
	Reason string
	Object *snapshot.Object
	Path   model.Path
	Value  string

	// Switch is the value of the field at Path that would have the driver encrypt,
	// where that alone is enough; else "".
	Switch string
}

// OfClass says whether the volumes of a storage class are encrypted.
func OfClass(object *snapshot.Object, class *storagev1.StorageClass) Encryption {
	d := driver(class.Provisioner, class.Parameters)
	e := d.encryption(object, "parameters")
	if e.Path == "" {
		e.Path, e.Value = "provisioner", class.Provisioner
	}
	return e
}

// OfVolume says whether a PersistentVolume is encrypted: by its driver and the
// attributes that this noted, else by its class, whose parameters never change.
func OfVolume(v *snapshot.View, object *snapshot.Object, pv *corev1.PersistentVolume) Encryption {
	field, name, attributes := source(&pv.Spec.PersistentVolumeSource)
	d := driver(name, attributes)
	if d.state == Unknown || d.state == NotEncrypted && d.param != "" && attributes[d.param] == "" {
		if class := classOfVolume(pv); class != "" {
			if e, presence := ofClassNamed(v, class); presence == snapshot.Present {
				return e
			}
		}
		d.state = Unknown // attributes do not hold every parameter of the class
	}
	e := d.encryption(object, model.Path("spec.csi.volumeAttributes"))
	if e.Path == "" {
		e.Path, e.Value = field, name
	}
	return e
}

// OfClaim says whether the volume of a claim is or will be encrypted. meta and spec
// are a PersistentVolumeClaim's, or those of a template of claims.
func OfClaim(v *snapshot.View, object *snapshot.Object, path model.Path, annotations map[string]string, spec *corev1.PersistentVolumeClaimSpec) Encryption {
	if spec.VolumeName != "" {
		pv, volume, presence := snapshot.Get(v, kinds.PersistentVolumes, "", spec.VolumeName)
		if presence == snapshot.Present {
			return OfVolume(v, pv, volume)
		}
	}
	class, named := annotations[corev1.BetaStorageClassAnnotation], false
	if class != "" {
		named = true
	} else if spec.StorageClassName != nil {
		class, named = *spec.StorageClassName, true
	}
	unknown := Encryption{Object: object, Path: path + ".storageClassName", Value: class, Reason: "its storage class is not known"}
	if named && class == "" {
		unknown.Reason = "it asks for a volume that somebody sets up by hand"
		return unknown
	}
	if !named {
		if class = defaultClass.Of(v, struct{}{}); class == "" {
			return unknown
		}
	}
	if e, presence := ofClassNamed(v, class); presence == snapshot.Present {
		return e
	}
	return unknown
}

func ofClassNamed(v *snapshot.View, name string) (Encryption, snapshot.Presence) {
	object, class, presence := snapshot.Get(v, kinds.StorageClasses, "", name)
	if presence != snapshot.Present {
		return Encryption{}, presence
	}
	return OfClass(object, class), snapshot.Present
}

// defaultClass is the name of the class that claims without one get: of several
// defaults the newest, as the API server chooses; "" when there is none, or when it
// cannot be told which is newer.
var defaultClass = snapshot.Memo[struct{}, string]{Name: "storage.defaultClass", Compute: func(v *snapshot.View, _ struct{}) string {
	var defaults []*storagev1.StorageClass
	classes, complete := snapshot.List(v, kinds.StorageClasses, "")
	for _, class := range classes {
		if class.Annotations["storageclass.kubernetes.io/is-default-class"] == "true" || class.Annotations["storageclass.beta.kubernetes.io/is-default-class"] == "true" {
			defaults = append(defaults, class)
		}
	}
	if len(defaults) == 0 || !complete {
		return ""
	}
	slices.SortFunc(defaults, func(a, b *storagev1.StorageClass) int { return b.CreationTimestamp.Compare(a.CreationTimestamp.Time) })
	if len(defaults) > 1 && defaults[0].CreationTimestamp.Equal(&defaults[1].CreationTimestamp) {
		return ""
	}
	return defaults[0].Name
}}

func classOfVolume(pv *corev1.PersistentVolume) string {
	if class := pv.Annotations[corev1.BetaStorageClassAnnotation]; class != "" {
		return class
	}
	return pv.Spec.StorageClassName
}

// source returns the field of a volume's type, the driver that serves it, and the
// attributes that are known of it.
func source(s *corev1.PersistentVolumeSource) (field model.Path, name string, attributes map[string]string) {
	switch {
	case s.CSI != nil:
		return "spec.csi.driver", s.CSI.Driver, s.CSI.VolumeAttributes
	case s.AWSElasticBlockStore != nil:
		return "spec.awsElasticBlockStore", "ebs.csi.aws.com", nil
	case s.GCEPersistentDisk != nil:
		return "spec.gcePersistentDisk", "pd.csi.storage.gke.io", nil
	case s.AzureDisk != nil:
		return "spec.azureDisk", "disk.csi.azure.com", nil
	case s.AzureFile != nil:
		return "spec.azureFile", "file.csi.azure.com", nil
	case s.HostPath != nil:
		return "spec.hostPath", "hostPath", nil
	case s.Local != nil:
		return "spec.local", "kubernetes.io/no-provisioner", nil
	case s.NFS != nil:
		return "spec.nfs", "nfs.csi.k8s.io", nil
	default:
		return "spec", "", nil
	}
}
