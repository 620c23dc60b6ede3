package netpol

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// namespace is what selectors see of a namespace.
type namespace struct {
	name    string
	labels  map[string]string
	unknown bool // labels may be missing
	gaps    []model.Gap
	from    int // its ends are from, ..., to-1
	to      int
}

// namespaceOf is a namespace by name. Where files define it with different labels, those
// that all of them have are known.
func namespaceOf(v *snapshot.View, name string) namespace {
	ns := namespace{name: name, unknown: true}
	first, value, presence := snapshot.Get(v, kinds.Namespaces, "", name)
	if presence == snapshot.Present {
		ns.labels, ns.unknown = maps.Clone(value.Labels), first.Partial
		ns.meet(v, first)
	}
	if ns.labels == nil {
		ns.labels = map[string]string{}
	}
	// The API server sets it, whatever is written.
	ns.labels[corev1.LabelMetadataName] = name
	return ns
}

// meet leaves of the labels those that the other definitions in files have too.
func (ns *namespace) meet(v *snapshot.View, first *snapshot.Object) {
	objects := v.Objects(snapshot.GroupKind{Kind: "Namespace"}, "")
	at, _ := slices.BinarySearchFunc(objects, ns.name, func(o *snapshot.Object, name string) int { return strings.Compare(o.Name, name) })
	for ; at < len(objects) && objects[at].Name == ns.name; at++ {
		other := objects[at]
		value, err := kinds.Namespaces.Read(other)
		if other == first || err == nil && maps.Equal(ns.labels, value.Labels) {
			continue
		}
		ns.unknown = true
		if err == nil {
			maps.DeleteFunc(ns.labels, func(key, label string) bool { written, ok := value.Labels[key]; return !ok || written != label })
		}
		if other.InFile() && first.InFile() {
			ns.gaps = append(ns.gaps, model.Gap{
				Scope: other.Scope(), File: other.Origin.File, Line: other.Origin.Line,
				Reason: fmt.Sprintf("%s is defined with other labels in %s:%d: which of them are in force is not known", other.ID, first.Origin.File, first.Origin.Line),
			})
		}
	}
}
