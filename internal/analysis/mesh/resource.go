package mesh

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Resource is an object of a mesh: its metadata and its spec S, which has exactly
// the fields that are read here, and those that are known to decide nothing.
//
// Unread says what of the spec has another shape, or is nil: an enforcement point of a
// newer version may act on it, so every verdict that the object could change is Unknown.
type Resource[S any] struct {
	metav1.ObjectMeta
	Spec   S
	Unread *Unread
}

// Unread is a field that is not understood.
type Unread struct {
	Path model.Path
	Why  string
}

// String names the field.
func (u *Unread) String() string { return string(u.Path) + " is not understood" + u.Why }

// reason is why verdicts that hang on an object are open.
func (u *Unread) reason(object *snapshot.Object) Reason {
	return Reason{Text: u.String(), Object: object, Path: u.Path, Open: true}
}

// ignored is a field that is known to say nothing about who reaches whom how.
type ignored = jsontext.Value

// resourceKind makes the Kind that reads objects as *Resource[S].
func resourceKind[S any](group, kind string) snapshot.Kind[*Resource[S]] {
	return snapshot.Kind[*Resource[S]]{Group: group, Kind: kind, Decode: decodeResource[S]}
}

func decodeResource[S any](raw []byte) (*Resource[S], error) {
	var document struct {
		Metadata metav1.ObjectMeta `json:"metadata"`
		Spec     jsontext.Value    `json:"spec"`
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		return nil, err
	}
	r := &Resource[S]{ObjectMeta: document.Metadata}
	if len(document.Spec) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(document.Spec, &r.Spec, json.RejectUnknownMembers(true)); err != nil {
		var known S
		r.Unread = unread(err)
		// What is understood says at least whom the object is for.
		_ = json.Unmarshal(document.Spec, &known)
		r.Spec = known
	}
	return r, nil
}

// unread is what an error of decoding a spec says.
func unread(err error) *Unread {
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) {
		return &Unread{Path: "spec", Why: ": " + err.Error()}
	}
	u := &Unread{Path: "spec"}
	for token := range semantic.JSONPointer.Tokens() {
		if index, err := strconv.Atoi(token); err == nil {
			u.Path = u.Path.Index(index)
		} else {
			u.Path = u.Path.Child(token)
		}
	}
	if !errors.Is(semantic.Err, json.ErrUnknownName) {
		u.Why = fmt.Sprintf(": its value is of another kind, %s", semantic.JSONKind)
	}
	return u
}

// item is a decoded resource and the object that it was read from.
type item[S any] struct {
	object *snapshot.Object
	*Resource[S]
}

// list reads every object of a kind. complete is false when there may be others: in
// a running cluster when they were not listed, in files when some could not be read.
// Files that hold none of a kind are taken to say that there is none, as with the
// workloads: see the package's documentation.
func list[S any](v *snapshot.View, k snapshot.Kind[*Resource[S]]) (items []item[S], complete bool) {
	complete = supplied(v, model.Scope{Group: k.Group, Kind: k.Kind})
	var last model.ID
	for _, object := range v.Objects(snapshot.GroupKind{Group: k.Group, Kind: k.Kind}, "") {
		if object.ID == last {
			continue // the same object in another file: references resolve to the first
		}
		last = object.ID
		resource, err := k.Read(object)
		if err != nil {
			complete = false
			v.Unread(object.Scope())
			continue
		}
		items = append(items, item[S]{object: object, Resource: resource})
	}
	return items, complete
}

// supplied reports whether what is known of a scope is all that there is.
func supplied(v *snapshot.View, scope model.Scope) bool {
	if v.Settings().Live {
		return v.Complete(scope)
	}
	return !v.Unread(scope)
}
