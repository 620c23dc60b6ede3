package kube

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/encoding/protowire"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// object decodes one object of a list, without its secrets. What cannot be
// understood of it is a gap beside it.
func (s *Source) object(t *target, protobuf bool, item []byte) []snapshot.Change {
	o := &snapshot.Object{Ref: model.Ref{ID: model.ID{Group: t.kind.Group, Kind: t.kind.Kind}, Version: t.version}}
	var err error
	if t.goType == nil {
		err = t.generic(o, item)
	} else {
		err = t.typed(o, protobuf, item)
	}
	if err != nil {
		name, known := nameOf(protobuf, item)
		if !known {
			return []snapshot.Change{gap(t.scope, fmt.Sprintf("an object among the %s has no name that could be read: %v", t.name, err))}
		}
		o.Name, o.Namespace, o.UID = name.Name, name.Namespace, string(name.UID)
		o.Origin, o.Body = nil, snapshot.Undecodable{Reason: err.Error()}
		return []snapshot.Change{{Put: o}, gap(o.Scope(), fmt.Sprintf("%s: %v", o.ID, err))}
	}
	s.options.Redact(o)
	if _, raw := o.Body.(*corev1.Secret); raw {
		panic("kube: Options.Redact leaves the values of Secrets where they are")
	}
	return []snapshot.Change{{Put: o}}
}

// errNoName makes an object of garbage that happens to decode.
var errNoName = errors.New("it has no name")

// typed decodes an object of a kind that is known by type, as decoding a file does.
func (t *target) typed(o *snapshot.Object, protobuf bool, item []byte) error {
	value := reflect.New(t.goType).Interface()
	if protobuf {
		if err := value.(protobufObject).Unmarshal(item); err != nil {
			return errors.New("its protobuf cannot be decoded")
		}
	} else if err := json.Unmarshal(item, value); err != nil {
		return decodeError(err)
	}
	meta, ok := value.(metav1.Object)
	if !ok || meta.GetName() == "" {
		return errNoName
	}
	o.Name, o.Namespace, o.UID = meta.GetName(), meta.GetNamespace(), string(meta.GetUID())
	annotations := meta.GetAnnotations()
	o.Origin = origin(annotations[corev1.LastAppliedConfigAnnotation], meta.GetManagedFields())
	delete(annotations, corev1.LastAppliedConfigAnnotation)
	meta.SetManagedFields(nil)
	// Lists leave out of their items what all have in common.
	if object, ok := value.(runtime.Object); ok {
		object.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{Group: t.group, Version: t.version, Kind: t.resource.kind})
	}
	kinds.Default(value)
	o.Body = value
	return nil
}

// generic keeps an object of another kind as JSON.
func (t *target) generic(o *snapshot.Object, item []byte) error {
	slim, meta, err := slim(item, t.apiVersion(), t.resource.kind)
	if err != nil {
		return err
	}
	if meta.Name == "" {
		return errNoName
	}
	o.Name, o.Namespace, o.UID = meta.Name, meta.Namespace, string(meta.UID)
	o.Origin = origin(meta.Annotations[corev1.LastAppliedConfigAnnotation], meta.ManagedFields)
	o.Body = slim
	if t.unknown != "" {
		o.Body = snapshot.Undecodable{Reason: t.unknown}
	}
	return nil
}

// decodeError says where JSON is wrong without repeating what stands there.
func decodeError(err error) error {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) && semantic.JSONPointer != "" {
		return fmt.Errorf("the field %s cannot be decoded", clip(string(semantic.JSONPointer)))
	}
	return errors.New("its JSON cannot be decoded")
}

// name is what a gap needs to know of an object.
type name struct {
	Name      string    `json:"name"`
	Namespace string    `json:"namespace"`
	UID       types.UID `json:"uid"`
}

// nameOf reads the name of an object of which the rest cannot be read.
func nameOf(protobuf bool, item []byte) (name, bool) {
	if !protobuf {
		var object struct {
			Metadata name `json:"metadata"`
		}
		err := json.Unmarshal(item, &object)
		return object.Metadata, err == nil && object.Metadata.Name != ""
	}
	var meta metav1.ObjectMeta
	found := false
	err := eachField(item, func(field protowire.Number, value []byte) {
		if field == fieldMetadata {
			found = meta.Unmarshal(value) == nil
		}
	})
	return name{Name: meta.Name, Namespace: meta.Namespace, UID: meta.UID}, err == nil && found && meta.Name != ""
}
