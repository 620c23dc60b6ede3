package snapshot

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/model"
)

// Object is one object of a cluster as it was read. It does not change once it
// is part of a Snapshot.
//
// Body is the object itself: a decoded value (such as *corev1.Pod), or JSON to be
// decoded when first read, or Undecodable.
type Object struct {
	model.Ref
	Origin  *Origin       // nil when nothing is known; see InFile
	Implied bool          // exists in every cluster although nobody supplied it
	Partial bool          // some of it could not be understood: what passes is Unknown
	Secrets []FoundSecret // that the source found in it and took out
	Body    any

	decoded atomic.Pointer[decoding]
}

type decoding struct {
	value any
	err   error
}

// JSON is the Body of an object that has not been decoded.
type JSON []byte

// Undecodable is the Body of an object whose content could not be understood:
// its name is known, every verdict on it is Unknown.
type Undecodable struct{ Reason string }

// Origin says where an object was read.
type Origin struct {
	File       string
	Line       int            // 1-based line of the document in File; 0 unknown
	Doc        []byte         // the text of the document; nil for Secrets and rendered output
	Editable   bool           // File holds the object itself: false for Helm and kustomize output
	APIVersion string         // as written or applied, before old groups are mapped to new ones
	Lines      Lines          // where each field stands in File
	Unknown    []Unrecognised // fields that the API of that version does not have
}

// Unrecognised is a field that the kind's schema does not have. The API server
// refuses it under strict validation and drops it silently otherwise.
type Unrecognised struct {
	Path model.Path
	Line int
}

// InFile reports whether a file holds the object. Of an object of a running cluster
// an Origin says at most under which API version it is maintained.
func (o *Object) InFile() bool { return o.Origin != nil && o.Origin.File != "" }

// Line finds the line of a field, or of its nearest ancestor that is written.
func (o *Object) Line(path model.Path) int {
	if o.Origin == nil {
		return 0
	}
	if line := o.Origin.Lines.Find(path); line > 0 {
		return line
	}
	return o.Origin.Line
}

// Evidence makes the evidence for one field of the object.
func (o *Object) Evidence(path model.Path, value string) model.Evidence {
	evidence := model.Evidence{Object: o.Ref, Path: path, Value: value}
	if o.Origin != nil {
		evidence.File = o.Origin.File
		evidence.Line = o.Line(path)
	}
	return evidence
}

// Change is one step from one snapshot to the next. Exactly one field is set:
// Put adds or replaces an object, Delete removes one, Listed says that a scope was
// listed completely, Gap that something could not be read.
type Change struct {
	Put    *Object
	Delete *model.ID
	Listed *model.Scope
	Gap    *model.Gap
}

// Source reads objects from somewhere. A list ends with nil, a watch goes on
// until ctx is done. What cannot be read is emitted as a Gap; the error is for a
// source that could not do its work at all.
type Source interface {
	Read(ctx context.Context, emit func(Change) error) error
}

// Kind reads objects of one API kind as values of T, whatever their version.
// Decode turns JSON into a value with the API's defaults applied.
type Kind[T any] struct {
	Group, Kind string
	Decode      func([]byte) (T, error)
}

// ErrUndecodable is wrapped by the error of reading an Undecodable object.
var ErrUndecodable = errors.New("content could not be understood")

// Read decodes the object once and remembers the value.
func (k Kind[T]) Read(o *Object) (T, error) {
	if value, ok := o.Body.(T); ok {
		return value, nil
	}
	if done := o.decoded.Load(); done != nil {
		if value, ok := done.value.(T); ok || done.err != nil {
			return value, done.err
		}
	}
	value, err := k.decode(o)
	o.decoded.CompareAndSwap(nil, &decoding{value: value, err: err})
	return value, err
}

func (k Kind[T]) decode(o *Object) (T, error) {
	var zero T
	raw, err := o.Encode()
	if err != nil {
		return zero, err
	}
	value, err := k.Decode(raw)
	if err != nil {
		return zero, fmt.Errorf("decode %s: %w", o.ID, err)
	}
	return value, nil
}

// FoundSecret is a secret that a source found in a field and took out. Rule says
// what it looked like; Name what it was called, if anything; Certain is false
// where only the name suggests that it is one. HMAC is its fingerprint under the
// key of the installation and stays out of reports.
type FoundSecret struct {
	Path      model.Path
	Name      string
	Rule      string
	Certain   bool
	SizeBytes int
	HMAC      string
}
