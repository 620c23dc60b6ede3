package workload

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// keyUse is the use of one key of a ConfigMap or Secret.
type keyUse struct {
	name, key string
	optional  bool
	object    *snapshot.Object
	path      model.Path // of the key
}

// keysUsed calls yield for each key of a ConfigMap or Secret that a workload names: in
// variables, in the items of volumes, and as the subPath of a mount.
func keysUsed(w *workload.Workload, kind string, yield func(keyUse)) {
	for ref := range w.References(kind) {
		if ref.Key != "" {
			yield(keyUse{ref.Name, ref.Key, ref.Optional, ref.Object, ref.Path[:len(ref.Path)-len("name")] + "key"})
		}
	}
	for i := range w.Spec.Volumes {
		volume := &w.Spec.Volumes[i]
		path := (w.Path + ".volumes").Index(i)
		if s := volume.Projected; s != nil {
			for j := range s.Sources {
				projectedKeys(w, &s.Sources[j], (path + ".projected.sources").Index(j), kind, yield)
			}
			continue
		}
		name, items, optional, path := keyedVolume(volume, path, kind)
		if name != "" {
			itemKeys(w, name, items, optional, path, yield)
			mountedKeys(w, volume.Name, name, items, optional, yield)
		}
	}
}

// keyedVolume reads a volume that is made of a ConfigMap or a Secret.
func keyedVolume(v *corev1.Volume, path model.Path, kind string) (name string, items []corev1.KeyToPath, optional bool, at model.Path) {
	switch {
	case kind == "ConfigMap" && v.ConfigMap != nil:
		return v.ConfigMap.Name, v.ConfigMap.Items, isTrue(v.ConfigMap.Optional), path + ".configMap.items"
	case kind == "Secret" && v.Secret != nil:
		return v.Secret.SecretName, v.Secret.Items, isTrue(v.Secret.Optional), path + ".secret.items"
	default:
		return "", nil, false, ""
	}
}

func projectedKeys(w *workload.Workload, s *corev1.VolumeProjection, path model.Path, kind string, yield func(keyUse)) {
	switch {
	case kind == "ConfigMap" && s.ConfigMap != nil:
		itemKeys(w, s.ConfigMap.Name, s.ConfigMap.Items, isTrue(s.ConfigMap.Optional), path+".configMap.items", yield)
	case kind == "Secret" && s.Secret != nil:
		itemKeys(w, s.Secret.Name, s.Secret.Items, isTrue(s.Secret.Optional), path+".secret.items", yield)
	}
}

func itemKeys(w *workload.Workload, name string, items []corev1.KeyToPath, optional bool, path model.Path, yield func(keyUse)) {
	for i := range items {
		yield(keyUse{name, items[i].Key, optional, w.Object, path.Index(i) + ".key"})
	}
}

// mountedKeys finds the keys that mounts with a subPath pick out of a volume. A
// subPath that is not there is no error: the kubelet makes an empty folder of it.
func mountedKeys(w *workload.Workload, volume, name string, items []corev1.KeyToPath, optional bool, yield func(keyUse)) {
	for i := range w.Containers {
		container := &w.Containers[i]
		for j := range container.VolumeMounts {
			mount := &container.VolumeMounts[j]
			if mount.Name != volume || mount.SubPath == "" || strings.Contains(mount.SubPath, "/") {
				continue
			}
			if slices.ContainsFunc(items, func(item corev1.KeyToPath) bool {
				return item.Path == mount.SubPath || strings.HasPrefix(item.Path, mount.SubPath+"/")
			}) {
				continue
			}
			yield(keyUse{name, mount.SubPath, optional, container.Object, (container.Path + ".volumeMounts").Index(j) + ".subPath"})
		}
	}
}

// checkKeys reports the keys that an object lacks. has tells whether an object of
// the kind has a key. Of several objects with one name in files, any may have it.
func checkKeys(c *check.Case, kind string, has func(object *snapshot.Object, key string) bool) {
	keysUsed(c.Workload(), kind, func(use keyUse) {
		if use.optional || use.key == "" {
			return
		}
		found := false
		for _, object := range c.Objects(snapshot.GroupKind{Kind: kind}, c.Object.Namespace) {
			if object.Name != use.name {
				continue
			}
			if found = true; has(object, use.key) {
				return
			}
			if object.Partial {
				c.Unknown()
				return
			}
		}
		if !found {
			// That it is missing is for missing-config-map and missing-secret to say.
			c.Find(model.ID{Cluster: c.Object.Cluster, Kind: kind, Namespace: c.Object.Namespace, Name: use.name})
			return
		}
		key := use.name + "/" + use.key
		if failure, ok := c.Failed(key); ok {
			failure.In(use.object, use.path, use.key)
			return
		}
		c.Fail(key, "%s %s has no key %s", kind, use.name, use.key).In(use.object, use.path, use.key)
	})
}

// filledLater reports whether an object without any key may be a shell that something
// in the cluster fills, as many manifests have them.
func filledLater(c *check.Case, keys int) bool { return keys == 0 && !c.Settings().Live }

func isTrue(b *bool) bool { return b != nil && *b }
