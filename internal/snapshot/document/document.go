// Package document turns the text of files into snapshot changes: it splits
// YAML and JSON into documents, decodes each into the type of its kind, and keeps
// the line of every field. What cannot be understood becomes a gap; what the API
// server would refuse is read as it is written and said to be so.
package document

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Text is the content of one file, or of one rendered template.
type Text struct {
	File     string
	Data     []byte
	Editable bool          // the file holds the objects themselves
	Asked    bool          // someone named this very file: that it holds no object is a gap
	LineOf   func(int) int // maps a line of Data to a line of File; nil when they are the same
}

// Decoder decodes texts. It is safe for concurrent use.
type Decoder struct {
	Kinds     *kinds.Table
	Namespace string // for namespaced objects that name none

	structs sync.Map // reflect.Type -> *structure
}

// NewDecoder makes a decoder that puts objects without a namespace into
// namespace ("default" when empty).
func NewDecoder(namespace string) *Decoder {
	if namespace == "" {
		namespace = "default"
	}
	return &Decoder{Kinds: kinds.NewTable(), Namespace: namespace}
}

// Decode emits a Put for each object of the text and a Gap for whatever could
// not be understood.
func (d *Decoder) Decode(text Text, emit func(snapshot.Change)) {
	r := &reading{decoder: d, text: text, emit: emit}
	if reason := unreadable(text.Data); reason != "" {
		r.gap(model.Gap{Reason: reason, Line: 1})
		return
	}
	r.text.Data = bytes.TrimPrefix(text.Data, []byte("\xef\xbb\xbf"))
	if !r.json() {
		r.yaml()
	}
}

// unreadable says why data is no text, or "".
func unreadable(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return "the file is UTF-16: save it as UTF-8"
	case bytes.IndexByte(data[:min(len(data), 8192)], 0) >= 0:
		return "the file is binary, not YAML or JSON"
	default:
		return ""
	}
}

// reading is the decoding of one text.
type reading struct {
	decoder *Decoder
	text    Text
	emit    func(snapshot.Change)
	scratch snapshot.Lines
}

// gap emits a gap; its Line is a line of the text.
func (r *reading) gap(gap model.Gap) {
	gap.File = r.text.File
	gap.Line = r.line(gap.Line)
	r.emit(snapshot.Change{Gap: &gap})
}

func (r *reading) line(line int) int {
	if r.text.LineOf != nil && line > 0 {
		return r.text.LineOf(line)
	}
	return line
}

// yaml reads the documents of a YAML stream, each on its own, so that one that
// is broken does not hide those after it.
func (r *reading) yaml() {
	for _, part := range split(r.text.Data) {
		r.yamlPart(part)
	}
}

func (r *reading) yamlPart(part part) {
	nodes, err := parseYAML(part.data)
	for _, node := range nodes {
		shiftLines(node, part.line-1)
		r.document(node, part.data)
	}
	if err != nil {
		r.gap(model.Gap{Line: part.line - 1 + max(1, errorLine(err)), Reason: explain(err, part.data)})
	}
}

// document reads one parsed document.
func (r *reading) document(node *yaml.Node, doc []byte) {
	if node.Kind == yaml.DocumentNode {
		if len(node.Content) == 0 {
			return
		}
		node = node.Content[0]
	}
	if node.Kind == yaml.ScalarNode && node.Tag == "!!null" {
		return
	}
	head := readHead(node)
	switch {
	case head.apiVersion == "" || head.kind == "":
		r.notAnObject(node, head)
	case strings.HasSuffix(head.kind, "List") && head.items != nil:
		for _, item := range head.items.Content {
			r.document(resolve(item), doc)
		}
	default:
		r.object(node, head, doc)
	}
}

func (r *reading) notAnObject(node *yaml.Node, head head) {
	reason := "not a Kubernetes object: it has no apiVersion and no kind"
	switch {
	case head.apiVersion != "":
		reason = fmt.Sprintf("not a Kubernetes object: apiVersion is %s, but there is no kind", head.apiVersion)
	case head.kind != "":
		reason = fmt.Sprintf("not a Kubernetes object: kind is %s, but there is no apiVersion", head.kind)
	}
	// Half an object was meant to be one; anything else in a folder is just another file.
	meant := head.apiVersion != "" || head.kind != ""
	r.gap(model.Gap{Line: node.Line, Reason: reason, Skipped: !meant && !r.text.Asked})
}

// head is what tells what a document is.
type head struct {
	apiVersion, kind string
	items            *yaml.Node
}

func readHead(node *yaml.Node) head {
	var h head
	if node.Kind != yaml.MappingNode {
		return h
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		value := resolve(node.Content[i+1])
		switch node.Content[i].Value {
		case "apiVersion":
			h.apiVersion = value.Value
		case "kind":
			h.kind = value.Value
		case "items":
			if value.Kind == yaml.SequenceNode {
				h.items = value
			} else if value.Tag == "!!null" {
				h.items = &yaml.Node{Kind: yaml.SequenceNode}
			}
		}
	}
	return h
}

func resolve(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

// object decodes one object.
func (r *reading) object(node *yaml.Node, head head, doc []byte) {
	group, version := splitAPIVersion(head.apiVersion)
	group = kinds.Canonical(group, head.kind)
	object := &snapshot.Object{Ref: model.Ref{ID: model.ID{Group: group, Kind: head.kind}, Version: version}}
	info := r.decoder.Kinds.Find(group, head.kind)
	w := &walk{decoder: r.decoder, reading: r, budget: maxNodes, lines: r.scratch[:0]}
	meta := w.metadata(node)
	object.Name, object.Namespace = meta.name(), meta.Namespace
	switch {
	case info == nil:
		r.unknownKind(w, node, head, group)
		object.Body = w.generic(node)
	default:
		r.typed(w, node, info, object)
	}
	r.scratch = w.lines
	object.Origin = r.origin(node, head, w, doc)
	r.settle(object, info, w)
	r.emit(snapshot.Change{Put: object})
}

func (r *reading) origin(node *yaml.Node, head head, w *walk, doc []byte) *snapshot.Origin {
	origin := &snapshot.Origin{
		File: r.text.File, Line: r.line(node.Line), Editable: r.text.Editable,
		APIVersion: head.apiVersion, Lines: append(snapshot.Lines(nil), w.lines...), Unknown: w.unknown,
	}
	if head.kind != "Secret" {
		origin.Doc = doc
	}
	return origin
}

// typed decodes a kind that is known by type.
func (r *reading) typed(w *walk, node *yaml.Node, info *kinds.Info, object *snapshot.Object) {
	if info.ConfigFile() {
		object.Name = r.text.File
	}
	if !info.Namespaced {
		object.Namespace = ""
	} else if object.Namespace == "" {
		object.Namespace = r.decoder.Namespace
	}
	goType, ok := info.Type(object.Version)
	if !ok {
		reason := fmt.Sprintf("%s has no version %q that Holdfast knows: it was not judged", info.GroupKind(), object.Version)
		w.problem(node, "", reason)
		object.Body = snapshot.Undecodable{Reason: reason}
		return
	}
	value := reflect.New(goType)
	w.lines = w.lines[:0]
	w.value(node, value.Elem(), snapshot.RootPath)
	setNamespace(value.Interface(), object.Namespace)
	kinds.Default(value.Interface())
	object.Body = value.Interface()
}

// unknownKind reports a kind that its API group does not have. Groups that are
// not Kubernetes' own hold custom resources, of which any kind may exist.
func (r *reading) unknownKind(w *walk, node *yaml.Node, head head, group string) {
	if (group == "" || group == "apps" || group == "batch") && !otherCoreKind(head.kind) {
		w.problem(node, "", fmt.Sprintf("apiVersion %s has no kind %s: check the spelling", head.apiVersion, head.kind))
	}
}

// otherCoreKind reports kinds of the core group that carry nothing to judge.
func otherCoreKind(kind string) bool {
	switch kind {
	case "Binding", "ComponentStatus", "Status", "PodStatusResult", "RangeAllocation":
		return true
	default:
		return strings.HasSuffix(kind, "List") || strings.HasSuffix(kind, "Options")
	}
}

// settle emits the gaps that the walk met, with the scope of the object.
func (r *reading) settle(object *snapshot.Object, info *kinds.Info, w *walk) {
	if object.Name == "" {
		w.refuse(object.Origin.Line, "metadata.name is missing")
	}
	for _, gap := range w.gaps {
		gap.Scope = object.Scope()
		if !gap.Refused {
			object.Partial = true
		}
		gap.File = r.text.File
		gap.Line = r.line(gap.Line)
		r.emit(snapshot.Change{Gap: &gap})
	}
}

func splitAPIVersion(apiVersion string) (group, version string) {
	if group, version, ok := strings.Cut(apiVersion, "/"); ok {
		return group, version
	}
	return "", apiVersion
}
