package mesh

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
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
// workloads: see the package's documentation. What files define in several ways is
// there once for each, as what is not understood, for which is in force is not known.
func list[S any](v *snapshot.View, k snapshot.Kind[*Resource[S]]) (items []item[S], complete bool) {
	complete = supplied(v, model.Scope{Group: k.Group, Kind: k.Kind})
	for _, object := range v.Objects(snapshot.GroupKind{Group: k.Group, Kind: k.Kind}, "") {
		resource, err := k.Read(object)
		if err != nil {
			complete = false
			v.Unread(object.Scope())
			continue
		}
		items = append(items, item[S]{object: object, Resource: resource})
	}
	var single []item[S]
	for len(items) > 0 {
		n := 1
		for n < len(items) && items[n].object.ID == items[0].object.ID {
			n++
		}
		single = append(single, definitions(items[:n])...)
		items = items[n:]
	}
	return single, complete
}

// definitions are those of one object: the first if all say the same.
func definitions[S any](items []item[S]) []item[S] {
	first := items[0]
	other := slices.IndexFunc(items, func(i item[S]) bool { return !alikeResources(first.Resource, i.Resource) })
	if other < 0 {
		return items[:1]
	}
	u := &Unread{Path: "spec", Why: ": files define the object in several ways, and which is in force is not known"}
	if second := items[other].object; first.object.InFile() && second.InFile() {
		u.Why = fmt.Sprintf(": %s:%d and %s:%d define the object in several ways, and which is in force is not known",
			first.object.Origin.File, first.object.Origin.Line, second.Origin.File, second.Origin.Line)
	}
	unsure := slices.Clone(items)
	for i := range unsure {
		resource := *unsure[i].Resource
		resource.Unread = u
		unsure[i].Resource = &resource
	}
	return unsure
}

// alikeResources compares what a mesh takes of a resource: its spec, its labels, by
// which others select it, and whether it is only logged.
func alikeResources[S any](a, b *Resource[S]) bool {
	const dry = "istio.io/dry-run"
	return reflect.DeepEqual(a.Spec, b.Spec) && maps.Equal(a.Labels, b.Labels) && a.Annotations[dry] == b.Annotations[dry]
}

// supplied reports whether what is known of a scope is all that there is.
func supplied(v *snapshot.View, scope model.Scope) bool {
	if v.Settings().Live {
		return v.Complete(scope)
	}
	return !v.Unread(scope)
}
