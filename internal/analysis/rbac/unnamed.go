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
	more := unnamed(v, snapshot.GroupKind{Group: k.Group, Kind: k.Kind})
	for _, object := range more {
		if _, err := k.Read(object); err != nil {
			complete = false
		}
	}
	return func(yield func(*snapshot.Object, T) bool) {
		for object, value := range all {
			if !yield(object, value) {
				return
			}
		}
		for i, object := range more {
			if i > 0 && more[i-1].ID == object.ID {
				continue
			}
			if value, err := k.Read(object); err == nil && !yield(object, value) {
				return
			}
		}
	}, complete
}

// supplied is snapshot.List, except that of files a kind that was not supplied has no
// objects: what is unread is missing, and not what nobody wrote.
func supplied[T any](v *snapshot.View, k snapshot.Kind[T], namespace string) (all iter.Seq2[*snapshot.Object, T], complete bool) {
	if v.Settings().Live {
		return snapshot.List(v, k, namespace)
	}
	gk := snapshot.GroupKind{Group: k.Group, Kind: k.Kind}
	objects := v.Objects(gk, namespace)
	if namespace == metav1.NamespaceDefault {
		objects = append(objects[:len(objects):len(objects)], unnamed(v, gk)...)
	}
	complete = !v.Unread(scopeOf(v, k, namespace))
	for _, object := range objects {
		if _, err := k.Read(object); err != nil {
			complete = false
		}
	}
	return func(yield func(*snapshot.Object, T) bool) {
		for i, object := range objects {
			if i > 0 && objects[i-1].ID == object.ID {
				continue
			}
			if value, err := k.Read(object); err == nil && !yield(object, value) {
				return
			}
		}
	}, complete
}

// unnamed are the objects that name no namespace.
func unnamed(v *snapshot.View, gk snapshot.GroupKind) []*snapshot.Object {
	objects := v.Objects(gk, "")
	for i, object := range objects {
		if object.Namespace != "" {
			return objects[:i] // they come first
		}
	}
	return objects
}
