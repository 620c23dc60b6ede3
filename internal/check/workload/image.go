package workload

import (
	"iter"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// imageUse is an image that a workload has the kubelet pull: of a container, or of
// an image volume.
type imageUse struct {
	key    string // name of the container, or "volume NAME"
	image  string
	policy corev1.PullPolicy
	object *snapshot.Object
	holder model.Path // the container, or the volume's source
	field  model.Path // of the image within holder
	own    bool       // written in the workload, not injected into a running pod
}

// what names the holder in a message.
func (u *imageUse) what() string {
	if u.volume() {
		return u.key
	}
	return "container " + u.key
}

func (u *imageUse) volume() bool { return u.field == ".reference" }

func (u *imageUse) path() model.Path { return u.holder + u.field }

// images iterates over the images that are written; a container without one gets
// it at admission.
func images(w *workload.Workload) iter.Seq[imageUse] {
	return func(yield func(imageUse) bool) {
		for i := range w.Containers {
			c := &w.Containers[i]
			if c.Image != "" && !yield(imageUse{c.Name, c.Image, c.ImagePullPolicy, c.Object, c.Path, ".image", !c.Injected(w)}) {
				return
			}
		}
		for i := range w.Spec.Volumes {
			v := &w.Spec.Volumes[i]
			if v.Image == nil || v.Image.Reference == "" {
				continue
			}
			if !yield(imageUse{"volume " + v.Name, v.Image.Reference, v.Image.PullPolicy, w.Object, (w.Path + ".volumes").Index(i) + ".image", ".reference", true}) {
				return
			}
		}
	}
}

// imageVersion returns the tag of an image reference and whether it has a digest.
func imageVersion(image string) (tag string, digest bool) {
	name, _, digest := strings.Cut(image, "@")
	if _, tag, ok := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ":"); ok {
		return tag, digest
	}
	return "", digest
}

// floating reports whether the reference has no digest and its tag is latest, or
// none, which means the same.
func floating(image string) bool {
	tag, digest := imageVersion(image)
	return !digest && (tag == "" || tag == "latest")
}

// splitImage separates the registry from the rest of a reference, by the rule of
// every client: the first component is a registry if it could not be a name.
func splitImage(image string) (registry, rest string) {
	first, rest, ok := strings.Cut(image, "/")
	if !ok || !strings.ContainsAny(first, ".:") && first != "localhost" && first == strings.ToLower(first) {
		return "", image
	}
	return first, rest
}

// repository drops tag and digest of what splitImage calls the rest.
func repository(rest string) string {
	rest, _, _ = strings.Cut(rest, "@")
	if i := strings.IndexByte(rest[strings.LastIndexByte(rest, '/')+1:], ':'); i >= 0 {
		rest = rest[:strings.LastIndexByte(rest, '/')+1+i]
	}
	return rest
}
