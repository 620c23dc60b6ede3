package mesh

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Assume returns the snapshot in which the namespaces that were not supplied have the
// label or annotation that makes their pods part of a mesh: Sidecarred, Ambient or
// Linkerd. Every other plane changes nothing.
func Assume(s *snapshot.Snapshot, plane Plane) *snapshot.Snapshot {
	var meta metav1.ObjectMeta
	switch plane {
	case Sidecarred:
		meta.Labels = map[string]string{"istio-injection": "enabled"}
	case Ambient:
		meta.Labels = map[string]string{dataplane: "ambient"}
	case Linkerd:
		meta.Annotations = map[string]string{"linkerd.io/inject": "enabled"}
	default:
		return s
	}
	var changes []snapshot.Change
	for _, object := range s.Objects(snapshot.GroupKind{Kind: "Namespace"}) {
		if object.Implied {
			assumed := &corev1.Namespace{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}, ObjectMeta: meta}
			assumed.Name = object.Name
			ref := model.Ref{ID: object.ID, Version: "v1"}
			changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: ref, Body: assumed}})
		}
	}
	return s.With(changes...)
}
