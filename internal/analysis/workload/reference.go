package workload

import (
	"iter"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Reference is a name that a pod spec uses of another object of its namespace.
type Reference struct {
	Kind     string // ConfigMap, Secret or PersistentVolumeClaim
	Name     string
	Key      string // of the data that is used; "" for all
	Optional bool
	Object   *snapshot.Object // where the reference stands
	Path     model.Path       // of the name within Object
	Use      Use
}

// Use says how a container gets what is referred to.
type Use uint8

// The uses.
const (
	AsVolume Use = iota
	AsVariable
	AsEnvironment // every key becomes a variable
	AsPullSecret
)

// References iterates over the references to objects of one kind.
func (w *Workload) References(kind string) iter.Seq[Reference] {
	return func(yield func(Reference) bool) {
		forward := func(ref Reference) bool { return ref.Kind != kind || ref.Name == "" || yield(ref) }
		_ = w.fromContainers(forward) && w.fromVolumes(forward) && w.fromPullSecrets(forward)
	}
}

func (w *Workload) fromContainers(yield func(Reference) bool) bool {
	for _, c := range w.Containers {
		for i := range c.EnvFrom {
			if !c.yieldEnvFrom(&c.EnvFrom[i], (c.Path + ".envFrom").Index(i), yield) {
				return false
			}
		}
		for i := range c.Env {
			if from := c.Env[i].ValueFrom; from != nil && !c.yieldEnv(from, (c.Path+".env").Index(i)+".valueFrom", yield) {
				return false
			}
		}
	}
	return true
}

func (c *Container) yieldEnvFrom(from *corev1.EnvFromSource, path model.Path, yield func(Reference) bool) bool {
	if ref := from.ConfigMapRef; ref != nil {
		return yield(Reference{Kind: "ConfigMap", Name: ref.Name, Optional: isTrue(ref.Optional), Object: c.Object, Path: path + ".configMapRef.name", Use: AsEnvironment})
	}
	if ref := from.SecretRef; ref != nil {
		return yield(Reference{Kind: "Secret", Name: ref.Name, Optional: isTrue(ref.Optional), Object: c.Object, Path: path + ".secretRef.name", Use: AsEnvironment})
	}
	return true
}

func (c *Container) yieldEnv(from *corev1.EnvVarSource, path model.Path, yield func(Reference) bool) bool {
	if ref := from.ConfigMapKeyRef; ref != nil {
		return yield(Reference{Kind: "ConfigMap", Name: ref.Name, Key: ref.Key, Optional: isTrue(ref.Optional), Object: c.Object, Path: path + ".configMapKeyRef.name", Use: AsVariable})
	}
	if ref := from.SecretKeyRef; ref != nil {
		return yield(Reference{Kind: "Secret", Name: ref.Name, Key: ref.Key, Optional: isTrue(ref.Optional), Object: c.Object, Path: path + ".secretKeyRef.name", Use: AsVariable})
	}
	return true
}

func (w *Workload) fromVolumes(yield func(Reference) bool) bool {
	for i := range w.Spec.Volumes {
		v := &w.Spec.Volumes[i]
		path := (w.Path + ".volumes").Index(i)
		ref := Reference{Object: w.Object, Use: AsVolume}
		switch {
		case v.ConfigMap != nil:
			ref.Kind, ref.Name, ref.Optional, ref.Path = "ConfigMap", v.ConfigMap.Name, isTrue(v.ConfigMap.Optional), path+".configMap.name"
		case v.Secret != nil:
			ref.Kind, ref.Name, ref.Optional, ref.Path = "Secret", v.Secret.SecretName, isTrue(v.Secret.Optional), path+".secret.secretName"
		case v.PersistentVolumeClaim != nil:
			ref.Kind, ref.Name, ref.Path = "PersistentVolumeClaim", v.PersistentVolumeClaim.ClaimName, path+".persistentVolumeClaim.claimName"
		case v.Projected != nil:
			if !w.fromProjected(v.Projected, path+".projected.sources", yield) {
				return false
			}
			continue
		default:
			continue
		}
		if !yield(ref) {
			return false
		}
	}
	return true
}

func (w *Workload) fromProjected(volume *corev1.ProjectedVolumeSource, path model.Path, yield func(Reference) bool) bool {
	for i, source := range volume.Sources {
		ref := Reference{Object: w.Object, Use: AsVolume}
		switch {
		case source.ConfigMap != nil:
			ref.Kind, ref.Name, ref.Optional, ref.Path = "ConfigMap", source.ConfigMap.Name, isTrue(source.ConfigMap.Optional), path.Index(i)+".configMap.name"
		case source.Secret != nil:
			ref.Kind, ref.Name, ref.Optional, ref.Path = "Secret", source.Secret.Name, isTrue(source.Secret.Optional), path.Index(i)+".secret.name"
		default:
			continue
		}
		if !yield(ref) {
			return false
		}
	}
	return true
}

func (w *Workload) fromPullSecrets(yield func(Reference) bool) bool {
	for i, ref := range w.Spec.ImagePullSecrets {
		if !yield(Reference{Kind: "Secret", Name: ref.Name, Object: w.Object, Path: (w.Path + ".imagePullSecrets").Index(i) + ".name", Use: AsPullSecret}) {
			return false
		}
	}
	return true
}

func isTrue(b *bool) bool { return b != nil && *b }
