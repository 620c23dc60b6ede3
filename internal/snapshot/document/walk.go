package document

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

const (
	// maxNodes bounds how far aliases may expand: a document of 32 MiB written
	// out has fewer nodes.
	maxNodes = 4_000_000
	// maxDepth bounds nesting; the deepest API type is far below.
	maxDepth = 200
)

// walk decodes one object from its syntax tree into its Go type.
type walk struct {
	decoder *Decoder
	reading *reading
	budget  int
	path    []model.Segment
	lines   snapshot.Lines
	unknown []snapshot.Unrecognised
	gaps    []model.Gap
}

// problem notes that a part of the object could not be understood.
func (w *walk) problem(node *yaml.Node, where, reason string) {
	if where != "" {
		reason = where + ": " + reason
	}
	w.gaps = append(w.gaps, model.Gap{Line: node.Line, Reason: reason})
}

// refuse notes that the API server would not take what is written.
func (w *walk) refuse(line int, reason string) {
	w.gaps = append(w.gaps, model.Gap{Line: line, Reason: reason, Refused: true})
}

func (w *walk) where() string { return string(joinSegments(w.path)) }

func joinSegments(segments []model.Segment) model.Path {
	var path model.Path
	for _, segment := range segments {
		if segment.Index >= 0 {
			path = path.Index(segment.Index)
		} else {
			path = path.Child(segment.Key)
		}
	}
	return path
}

func (w *walk) push(segment model.Segment) { w.path = append(w.path, segment) }
func (w *walk) pop()                       { w.path = w.path[:len(w.path)-1] }

// spend counts a visited node and reports whether the walk may go on.
func (w *walk) spend(node *yaml.Node) bool {
	w.budget--
	if w.budget > 0 && len(w.path) < maxDepth {
		return true
	}
	if w.budget == 0 || len(w.path) >= maxDepth {
		w.problem(node, w.where(), "aliases or nesting expand too far: the object was not read further")
	}
	return false
}

// metadata reads metadata on its own, before the type is known.
func (w *walk) metadata(node *yaml.Node) metadata {
	var meta metadata
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == "metadata" {
			value := resolve(node.Content[i+1])
			for j := 0; value.Kind == yaml.MappingNode && j+1 < len(value.Content); j += 2 {
				text := resolve(value.Content[j+1])
				switch value.Content[j].Value {
				case "name":
					meta.Name = text.Value
				case "namespace":
					meta.Namespace = text.Value
				case "generateName":
					meta.GenerateName = text.Value
				}
			}
		}
	}
	return meta
}

type metadata struct{ Name, Namespace, GenerateName string }

// name is the object's name; one that the API server will complete is marked.
func (m metadata) name() string {
	if m.Name == "" && m.GenerateName != "" {
		return m.GenerateName + "*"
	}
	return m.Name
}

func setNamespace(object any, namespace string) {
	if meta, ok := object.(metav1.Object); ok {
		meta.SetNamespace(namespace)
	}
}

// value decodes node into target. hash identifies the field's path.
func (w *walk) value(node *yaml.Node, target reflect.Value, hash snapshot.PathHash) {
	line := node.Line
	node = resolve(node)
	if !w.spend(node) {
		return
	}
	w.lines = append(w.lines, snapshot.FieldLine{Path: hash, Line: int32(w.reading.line(line))})
	if target.Kind() == reflect.Pointer {
		if isNull(node) {
			return
		}
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	if w.special(node, target) {
		w.skim(node, hash)
		return
	}
	switch target.Kind() {
	case reflect.Struct:
		w.structure(node, target, hash)
	case reflect.Map:
		w.mapping(node, target, hash)
	case reflect.Slice:
		w.sequence(node, target, hash)
	case reflect.String:
		w.text(node, target)
	default:
		w.scalar(node, target)
	}
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }

// skim notes the lines of fields below a value that was decoded as a whole.
func (w *walk) skim(node *yaml.Node, hash snapshot.PathHash) {
	for i, child := range node.Content {
		at := hash.Index(i)
		if node.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			at = hash.Child(node.Content[i-1].Value)
		}
		if resolved := resolve(child); w.spend(resolved) {
			w.lines = append(w.lines, snapshot.FieldLine{Path: at, Line: int32(w.reading.line(child.Line))})
			w.push(model.Segment{Index: i})
			w.skim(resolved, at)
			w.pop()
		}
	}
}

func (w *walk) wrongType(node *yaml.Node, want string) {
	w.problem(node, w.where(), fmt.Sprintf("is %s, the API needs %s", describe(node), want))
}

func describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	default:
		if isNull(node) {
			return "null"
		}
		return fmt.Sprintf("%q", cut(node.Value, 40))
	}
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

func (w *walk) structure(node *yaml.Node, target reflect.Value, hash snapshot.PathHash) {
	if isNull(node) {
		return
	}
	if node.Kind != yaml.MappingNode {
		w.wrongType(node, "a map")
		return
	}
	fields := w.decoder.structure(target.Type())
	w.eachKey(node, func(key, value *yaml.Node) {
		w.push(model.Segment{Key: key.Value, Index: -1})
		defer w.pop()
		field, ok := fields[key.Value]
		if !ok {
			w.unknown = append(w.unknown, snapshot.Unrecognised{Path: joinSegments(w.path), Line: w.reading.line(key.Line)})
			w.lines = append(w.lines, snapshot.FieldLine{Path: hash.Child(key.Value), Line: int32(w.reading.line(key.Line))})
			return
		}
		w.value(atKey(key, value), field.in(target), hash.Child(key.Value))
	})
}

// atKey gives a map or list the line of its key: that is where a reader looks.
func atKey(key, value *yaml.Node) *yaml.Node {
	if value.Line == key.Line || value.Kind == yaml.ScalarNode {
		return value
	}
	moved := *resolve(value)
	moved.Line = key.Line
	return &moved
}

// eachKey visits the keys of a map, those merged by "<<" first so that the map's
// own win, and reports keys that stand twice.
func (w *walk) eachKey(node *yaml.Node, visit func(key, value *yaml.Node)) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Tag == "!!merge" {
			w.merge(resolve(node.Content[i+1]), visit)
		}
	}
	seen := keySet{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Tag == "!!merge" {
			continue
		}
		if first := seen.add(node, i); first != nil {
			w.problem(key, w.where(), fmt.Sprintf("key %q stands twice, first on line %d: tools differ in which one they take", key.Value, w.reading.line(first.Line)))
		}
		visit(key, node.Content[i+1])
	}
}

func (w *walk) merge(source *yaml.Node, visit func(key, value *yaml.Node)) {
	switch source.Kind {
	case yaml.MappingNode:
		w.push(model.Segment{Key: "<<", Index: -1})
		if w.spend(source) {
			w.eachKey(source, visit)
		}
		w.pop()
	case yaml.SequenceNode:
		for i := len(source.Content) - 1; i >= 0; i-- {
			w.merge(resolve(source.Content[i]), visit)
		}
	}
}

func (w *walk) mapping(node *yaml.Node, target reflect.Value, hash snapshot.PathHash) {
	if isNull(node) {
		return
	}
	if node.Kind != yaml.MappingNode {
		w.wrongType(node, "a map")
		return
	}
	if target.IsNil() {
		target.Set(reflect.MakeMapWithSize(target.Type(), len(node.Content)/2))
	}
	element := target.Type().Elem()
	w.eachKey(node, func(key, value *yaml.Node) {
		w.push(model.Segment{Key: key.Value, Index: -1})
		defer w.pop()
		w.unquoted(resolve(key))
		item := reflect.New(element).Elem()
		w.value(atKey(key, value), item, hash.Child(key.Value))
		target.SetMapIndex(reflect.ValueOf(key.Value).Convert(target.Type().Key()), item)
	})
}

func (w *walk) sequence(node *yaml.Node, target reflect.Value, hash snapshot.PathHash) {
	if isNull(node) {
		return
	}
	if target.Type().Elem().Kind() == reflect.Uint8 {
		w.bytes(node, target)
		return
	}
	if node.Kind != yaml.SequenceNode {
		w.wrongType(node, "a list")
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(node.Content), len(node.Content)))
	for i, item := range node.Content {
		w.push(model.Segment{Index: i})
		w.value(item, target.Index(i), hash.Index(i))
		w.pop()
	}
}

func (w *walk) bytes(node *yaml.Node, target reflect.Value) {
	raw, err := base64.StdEncoding.DecodeString(strings.Map(dropSpace, node.Value))
	if node.Kind != yaml.ScalarNode || err != nil {
		w.wrongTypeSecret(node, "base64 text")
		return
	}
	target.SetBytes(raw)
}

// wrongTypeSecret is wrongType without the value, which may be a secret.
func (w *walk) wrongTypeSecret(node *yaml.Node, want string) {
	w.problem(node, w.where(), "the API needs "+want)
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
		return -1
	}
	return r
}

// generic turns an object of a kind that is not known by type into JSON.
func (w *walk) generic(node *yaml.Node) any {
	w.lines = w.lines[:0]
	var meta metav1.ObjectMeta
	w.eachKey(node, func(key, value *yaml.Node) {
		if key.Value == "metadata" {
			w.push(model.Segment{Key: "metadata", Index: -1})
			w.value(atKey(key, value), reflect.ValueOf(&meta).Elem(), snapshot.RootPath.Child("metadata"))
			w.pop()
		}
	})
	w.lines = w.lines[:0]
	w.skim(node, snapshot.RootPath)
	tree, ok := w.plain(node).(map[string]any)
	if !ok {
		return snapshot.Undecodable{Reason: "is no map"}
	}
	raw, err := json.Marshal(tree)
	if err != nil {
		w.problem(node, "", err.Error())
		return snapshot.Undecodable{Reason: err.Error()}
	}
	return snapshot.JSON(raw)
}

// plain turns a syntax tree into values that encoding/json can write, with
// scalars typed as kubectl types them.
func (w *walk) plain(node *yaml.Node) any {
	node = resolve(node)
	if !w.spend(node) {
		return nil
	}
	switch node.Kind {
	case yaml.MappingNode:
		fields := make(map[string]any, len(node.Content)/2)
		w.push(model.Segment{Key: "", Index: -1})
		defer w.pop()
		w.eachKey(node, func(key, value *yaml.Node) { fields[key.Value] = w.plain(value) })
		return fields
	case yaml.SequenceNode:
		items := make([]any, len(node.Content))
		w.push(model.Segment{Index: 0})
		defer w.pop()
		for i, item := range node.Content {
			items[i] = w.plain(item)
		}
		return items
	default:
		return plainScalar(node)
	}
}
