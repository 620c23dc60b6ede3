package document

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// maxLists bounds Lists within Lists, which aliases could make endless.
const maxLists = 4

// inherited is what the items of a typed list, such as PodList, do not say
// themselves.
type inherited struct {
	apiVersion, kind string
	lists            int // Lists around
}

// head is what tells what a document is.
type head struct {
	apiVersion, kind string
	items            *yaml.Node // nil: no such field
	meant            bool       // looks as if it was meant to be an object
}

func readHead(node *yaml.Node) head {
	text := func(key string) string {
		if value := find(node, key); value != nil && value.Kind == yaml.ScalarNode && !isNull(value) {
			return value.Value
		}
		return ""
	}
	h := head{apiVersion: text("apiVersion"), kind: text("kind"), items: find(node, "items")}
	h.meant = (h.apiVersion != "" || h.kind != "") && (find(node, "metadata") != nil || find(node, "spec") != nil)
	return h
}

func (h head) isList() bool {
	return h.apiVersion != "" && strings.HasSuffix(h.kind, "List") && (h.items != nil || h.kind == "List")
}

// items says what the items of a List inherit.
func (in inherited) items(h head) inherited {
	in.lists++
	in.apiVersion, in.kind = "", ""
	if h.kind != "List" {
		in.apiVersion, in.kind = h.apiVersion, strings.TrimSuffix(h.kind, "List")
	}
	return in
}

// document reads one parsed document. doc is its text, nil when it has none of
// its own.
func (r *reading) document(node *yaml.Node, in inherited, doc []byte) {
	if node.Kind == yaml.DocumentNode {
		if len(node.Content) == 0 {
			return
		}
		node = node.Content[0]
	}
	if isNull(node) {
		if in.lists > 0 {
			r.gap(model.Gap{Line: node.Line, Reason: "an item of the List is null: the API server refuses the List", Refused: true})
		}
		return
	}
	h := readHead(node)
	if h.apiVersion == "" && h.kind == "" && node.Kind == yaml.MappingNode {
		h.apiVersion, h.kind = in.apiVersion, in.kind
	}
	switch {
	case h.apiVersion == "" || h.kind == "":
		r.notAnObject(node, h, in)
	case h.isList():
		r.wholeList(node, h, in)
	default:
		r.object(node, h, doc)
	}
}

// wholeList reads the items of a List whose tree is at hand.
func (r *reading) wholeList(node *yaml.Node, h head, in inherited) {
	switch {
	case in.lists >= maxLists:
		r.gap(model.Gap{Line: node.Line, Reason: fmt.Sprintf("%d Lists within each other: not read further", maxLists+1)})
	case h.items == nil || isNull(h.items) || h.items.Kind == yaml.SequenceNode && len(h.items.Content) == 0:
		r.gap(model.Gap{Line: node.Line, Reason: h.kind + " is empty", Skipped: true})
	case h.items.Kind != yaml.SequenceNode:
		r.gap(model.Gap{Line: h.items.Line, Reason: "items: is " + describe(h.items, true) + ", the API needs a list"})
	default:
		for _, item := range h.items.Content {
			if r.budget--; r.budget < 0 || r.stopped() {
				return
			}
			r.document(resolve(item), in.items(h), nil)
		}
	}
}

// list reads a List item by item. Should an item not parse although the whole
// List does, then it was not cut where its items end, and the whole is read.
func (r *reading) list(whole part, h head, items []part) {
	var changes []snapshot.Change
	outer, budget := r.emit, r.budget
	r.emit = func(change snapshot.Change) { changes = append(changes, change) }
	failed := false
	for _, item := range items {
		if r.stopped() {
			break
		}
		r.base, r.breaks = item.line-1, oddBreaks(item.data)
		if r.tooLarge(item.data) {
			continue
		}
		nodes, err := parseYAML(item.data)
		switch {
		case err != nil:
			failed = true
			r.broken(item, err)
		case len(nodes) == 1 && len(nodes[0].Content) == 1 && nodes[0].Content[0].Kind == yaml.SequenceNode && len(nodes[0].Content[0].Content) == 1:
			r.document(nodes[0].Content[0].Content[0], inherited{}.items(h), item.data)
		default:
			failed = true
			r.gap(model.Gap{Line: 1, Reason: "not understood as an item of a List"})
		}
	}
	r.emit = outer
	if failed && len(whole.data) <= maxExplained {
		if nodes, err := parseYAML(whole.data); err == nil {
			r.base, r.breaks, r.budget = whole.line-1, oddBreaks(whole.data), budget
			for _, node := range nodes {
				r.document(node, inherited{}, nil)
			}
			return
		}
	}
	for _, change := range changes {
		r.emit(change)
	}
}

func (r *reading) notAnObject(node *yaml.Node, h head, in inherited) {
	reason := "not a Kubernetes object: it has no apiVersion and no kind"
	switch {
	case node.Kind != yaml.MappingNode:
		reason = "not a Kubernetes object: it is " + describe(node, true)
	case h.apiVersion != "":
		reason = fmt.Sprintf("not a Kubernetes object: apiVersion is %s, but there is no kind", cut(h.apiVersion, 60))
	case h.kind != "":
		reason = fmt.Sprintf("not a Kubernetes object: kind is %s, but there is no apiVersion", cut(h.kind, 60))
	}
	// Half an object and an item of a List were meant to be objects; anything else in
	// a folder is just another file.
	r.gap(model.Gap{Line: node.Line, Reason: reason, Skipped: !h.meant && in.lists == 0 && !r.text.Asked})
}

// object decodes one object.
func (r *reading) object(node *yaml.Node, h head, doc []byte) {
	group, version := splitAPIVersion(h.apiVersion)
	group = kinds.Canonical(group, h.kind)
	object := &snapshot.Object{Ref: model.Ref{ID: model.ID{Group: group, Kind: h.kind}, Version: version}}
	info := r.decoder.Kinds.Find(group, h.kind)
	w := &walk{reading: r, secret: group == "" && h.kind == "Secret", lines: r.scratch[:0]}
	metadata := find(node, "metadata")
	switch {
	case info != nil && info.ConfigFile(), metadata == nil && strings.HasSuffix(group, ".k8s.io"):
		object.Name = r.text.File // the configuration of a component of Kubernetes
	case metadata == nil && info == nil && !r.closed(group):
		r.gap(model.Gap{
			Scope: object.Scope(), Line: node.Line, Skipped: !r.text.Asked,
			Reason: fmt.Sprintf("not a Kubernetes object: %s %s has no metadata", cut(h.apiVersion, 60), cut(h.kind, 60)),
		})
		return
	default:
		object.Name, object.Namespace = identity(metadata)
	}
	if info == nil {
		if object.Namespace == "" && kinds.CustomNamespaced(group, h.kind) {
			object.Namespace = w.decoder.Namespace
		}
		w.unknownKind(node, h, group)
		object.Body = w.generic(node)
	} else {
		w.typed(node, info, object)
	}
	if object.Name == "" {
		w.nameless(node, object, info != nil || r.closed(group))
	}
	r.scratch = w.lines
	object.Origin = r.origin(node, h, w, doc)
	w.settle(object)
	r.put(object)
}

// nameless says that an object has no name. The API server does not take it, but
// the configuration of many a tool looks like that.
func (w *walk) nameless(node *yaml.Node, object *snapshot.Object, known bool) {
	w.refuse(node.Line, "metadata.name is missing")
	if !known && !w.text.Asked {
		last := &w.gaps[len(w.gaps)-1]
		last.Refused, last.Skipped = false, true
		object.Name = w.text.File
	}
}

// identity reads the name and namespace of an object, before its type is known.
// A name that the API server will complete is marked by a star.
func identity(metadata *yaml.Node) (name, namespace string) {
	text := func(key string) string {
		if metadata == nil {
			return ""
		}
		if value := find(metadata, key); value != nil && value.Kind == yaml.ScalarNode {
			return value.Value
		}
		return ""
	}
	name, namespace = text("name"), text("namespace")
	if generate := text("generateName"); name == "" && generate != "" {
		name = generate + "*"
	}
	return name, namespace
}

func (r *reading) origin(node *yaml.Node, h head, w *walk, doc []byte) *snapshot.Origin {
	origin := &snapshot.Origin{
		File: r.text.File, Line: r.line(node.Line), Editable: r.text.Editable,
		APIVersion: h.apiVersion, Lines: slices.Clone(w.lines), Unknown: w.unknown,
	}
	origin.Lines.Arrange()
	if r.text.Editable && !w.secret && !r.decoder.DropText {
		origin.Doc = doc
	}
	return origin
}

// typed decodes a kind that is known by type.
func (w *walk) typed(node *yaml.Node, info *kinds.Info, object *snapshot.Object) {
	if !info.Namespaced {
		object.Namespace = ""
	} else if object.Namespace == "" {
		object.Namespace = w.decoder.Namespace
	}
	goType, ok := info.Type(object.Version)
	if !ok {
		reason := fmt.Sprintf("%s has no version %q that Holdfast knows: it was not judged", info.GroupKind(), object.Version)
		w.problem(node.Line, reason)
		object.Body = snapshot.Undecodable{Reason: reason}
		return
	}
	if goType == nil {
		object.Body = w.generic(node)
		return
	}
	value := reflect.New(goType)
	w.value(node, node.Line, value.Elem(), snapshot.RootPath)
	if meta, ok := value.Interface().(metav1.Object); ok {
		meta.SetNamespace(object.Namespace)
	}
	kinds.Default(value.Interface())
	object.Body = value.Interface()
}

// closed reports whether every kind of a group is known, so that another one is a
// mistake. Other groups may hold custom resources, of which any kind may exist.
func (r *reading) closed(group string) bool {
	switch group {
	case "", "apps", "batch", "autoscaling", "rbac.authorization.k8s.io", "networking.k8s.io":
		return true
	default:
		return false
	}
}

// unknownKind reports a kind that its API group does not have.
func (w *walk) unknownKind(node *yaml.Node, h head, group string) {
	if w.closed(group) && !harmless(h.kind) {
		w.problem(node.Line, fmt.Sprintf("apiVersion %s has no kind %s: check the spelling", cut(h.apiVersion, 60), cut(h.kind, 60)))
		return
	}
	if !strings.HasSuffix(group, "k8s.io") {
		return
	}
	for _, known := range w.decoder.Kinds.All() {
		if known.Group == group {
			return // a group that Holdfast knows by some kinds only
		}
	}
	for _, known := range w.decoder.Kinds.All() {
		if known.Kind == h.kind && !known.ConfigFile() && strings.HasSuffix(known.Group, "k8s.io") {
			w.problem(node.Line, fmt.Sprintf("apiVersion %s is not known: did you mean %s/%s?", cut(h.apiVersion, 60), known.Group, known.Versions[0].Name))
			return
		}
	}
}

// harmless reports kinds of closed groups that carry nothing to judge.
func harmless(kind string) bool {
	switch kind {
	case "Binding", "ComponentStatus", "Status", "PodStatusResult", "RangeAllocation", "Scale", "ClusterCIDR":
		return true
	default:
		return strings.HasSuffix(kind, "List") || strings.HasSuffix(kind, "Options")
	}
}

// settle emits the gaps that the walk met, with the scope of the object.
func (w *walk) settle(object *snapshot.Object) {
	slices.SortStableFunc(w.gaps, func(a, b model.Gap) int { return cmp.Compare(a.Line, b.Line) })
	for _, gap := range w.gaps {
		gap.Scope = object.Scope()
		if gap.Hides() {
			object.Partial = true
		}
		w.gap(gap)
	}
}

func splitAPIVersion(apiVersion string) (group, version string) {
	if group, version, ok := strings.Cut(apiVersion, "/"); ok {
		return group, version
	}
	return "", apiVersion
}
