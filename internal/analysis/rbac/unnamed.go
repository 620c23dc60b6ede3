package rbac

import (
	"iter"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/snapshot"
)

// named is the namespace in which an object of a file lies that names none: the
// one where kubectl puts it unless it is told another.
func named(namespace string) string {
	if namespace == "" {
		return metav1.NamespaceDefault
	}
	return namespace
}

// list is snapshot.List of one namespace, with what names none in the namespace
// default.
func list[T any](v *snapshot.View, k snapshot.Kind[T], namespace string) (iter.Seq2[*snapshot.Object, T], bool) {
	all, complete := snapshot.List(v, k, namespace)
	if namespace != metav1.NamespaceDefault || v.Settings().Live {
		return all, complete
	}
	var unnamed []*snapshot.Object
	for _, object := range v.Objects(snapshot.GroupKind{Group: k.Group, Kind: k.Kind}, "") {
		if object.Namespace != "" {
			break // those without one come first
		}
		if _, err := k.Read(object); err != nil {
			complete = false
		} else if len(unnamed) == 0 || unnamed[len(unnamed)-1].ID != object.ID {
			unnamed = append(unnamed, object)
		}
	}
	return func(yield func(*snapshot.Object, T) bool) {
		for object, value := range all {
			if !yield(object, value) {
				return
			}
		}
		for _, object := range unnamed {
			if value, err := k.Read(object); err == nil && !yield(object, value) {
				return
			}
		}
	}, complete
}
