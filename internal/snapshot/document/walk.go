package document

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// maxDepth bounds nesting; the deepest API type is far below.
const maxDepth = 200

// walk decodes one object from its syntax tree.
type walk struct {
	*reading
	secret  bool // values are not to be shown
	tooDeep bool // said already
	path    []model.Segment
	lines   snapshot.Lines
	unknown []snapshot.Unrecognised
	gaps    []model.Gap
}

// problem notes that a part of the object could not be understood.
func (w *walk) problem(line int, reason string) {
	w.say(model.Gap{Line: line, Reason: w.located(reason)})
}

// refuse notes that the API server would not take what is written.
func (w *walk) refuse(line int, reason string) {
	w.say(model.Gap{Line: line, Reason: w.located(reason), Refused: true})
}

// say keeps a gap until the object is settled. Aliases lead to one place by many
// ways: what is said twice in a row is said once.
func (w *walk) say(gap model.Gap) {
	if len(w.gaps) == 0 || w.gaps[len(w.gaps)-1] != gap {
		w.gaps = append(w.gaps, gap)
	}
}

func (w *walk) located(reason string) string {
	if len(w.path) == 0 {
		return reason
	}
	return cut(string(w.where()), 120) + ": " + reason
}

func (w *walk) where() model.Path {
	var path model.Path
	for _, segment := range w.path {
		if segment.Index >= 0 {
			path = path.Index(segment.Index)
		} else {
			path = path.Child(segment.Key)
		}
	}
	return path
}

func (w *walk) push(key string)     { w.path = append(w.path, model.Segment{Key: key, Index: -1}) }
func (w *walk) pushIndex(i int)     { w.path = append(w.path, model.Segment{Index: i}) }
func (w *walk) pop()                { w.path = w.path[:len(w.path)-1] }
func (w *walk) last() model.Segment { return w.path[len(w.path)-1] }

// note keeps the line of a field.
func (w *walk) note(hash snapshot.PathHash, line int) {
	w.lines = append(w.lines, snapshot.FieldLine{Path: hash, Line: int32(w.line(line))})
}

// spend counts a visited node and reports whether the walk may go on.
func (w *walk) spend(line int) bool {
	w.budget--
	if w.budget >= 0 && len(w.path) < maxDepth {
		return true
	}
	if !w.tooDeep {
		w.tooDeep = true
		w.problem(line, "aliases or nesting expand too far: the object was not read further")
	}
	return false
}

// value decodes node into target. line is where a reader looks for the field: at
// its key if it is a map or a list. hash identifies its path.
func (w *walk) value(node *yaml.Node, line int, target reflect.Value, hash snapshot.PathHash) {
	node = resolve(node)
	if !w.spend(line) {
		return
	}
	w.note(hash, line)
	if target.Kind() == reflect.Pointer {
		if isNull(node) {
			return
		}
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	if w.special(node, target, hash) {
		return
	}
	switch target.Kind() {
	case reflect.Struct:
		w.structValue(node, target, hash)
	case reflect.Map:
		w.mapValue(node, target, hash)
	case reflect.Slice:
		w.sliceValue(node, target, hash)
	case reflect.String:
		w.stringValue(node, target)
	default:
		w.scalarValue(node, target)
	}
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }

func resolve(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

// lineOf is the line to show for a value: that of its key, unless it is a scalar
// that stands elsewhere.
func lineOf(key, value *yaml.Node) int {
	if value.Kind == yaml.ScalarNode {
		return value.Line
	}
	return key.Line
}

func (w *walk) wrongType(node *yaml.Node, want string) {
	w.problem(node.Line, fmt.Sprintf("is %s, the API needs %s", describe(node, w.sensitive()), want))
}

// sensitive reports whether the value at the current path may be a secret, which
// no message shows.
func (w *walk) sensitive() bool {
	if w.secret {
		return true
	}
	for _, segment := range w.path {
		switch segment.Key {
		case "data", "stringData", "binaryData", "env", "args", "command", "users", "token", "password", "secret", "certificateKey", "tlsBootstrapToken":
			return true
		}
	}
	return false
}

// describe says what a node is, and which value it has unless that is hidden.
func describe(node *yaml.Node, hidden bool) string {
	switch {
	case isTemplate(node):
		return "a Go template that was not rendered (scan the chart's folder, or the rendered output)"
	case node.Kind == yaml.MappingNode:
		return "a map"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(node):
		return "null"
	case hidden:
		return "text"
	default:
		return fmt.Sprintf("%q", cut(node.Value, 40))
	}
}

// isTemplate reports whether a node is what {{ .Values.x }} looks like to YAML: a
// map whose key is a map.
func isTemplate(node *yaml.Node) bool {
	return node.Kind == yaml.MappingNode && len(node.Content) == 2 &&
		node.Style&yaml.FlowStyle != 0 && node.Content[0].Kind == yaml.MappingNode
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

func (w *walk) structValue(node *yaml.Node, target reflect.Value, hash snapshot.PathHash) {
	if isNull(node) {
		return
	}
	if node.Kind != yaml.MappingNode {
		w.wrongType(node, "a map")
		return
	}
	fields := w.decoder.structure(target.Type())
	pairs := w.pairs(node)
	for i := 0; i+1 < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		at := hash.Child(key.Value)
		w.push(key.Value)
		if field, ok := fields[key.Value]; ok {
			w.value(value, lineOf(key, value), field.in(target), at)
		} else {
			w.unknown = append(w.unknown, snapshot.Unrecognised{Path: w.where(), Line: w.line(key.Line)})
			w.note(at, key.Line)
		}
		w.pop()
	}
}

func (w *walk) mapValue(node *yaml.Node, target reflect.Value, hash snapshot.PathHash) {
	if isNull(node) {
		return
	}
	if node.Kind != yaml.MappingNode {
		w.wrongType(node, "a map")
		return
	}
	element := target.Type().Elem()
	pairs := w.pairs(node)
	if target.IsNil() {
		target.Set(reflect.MakeMapWithSize(target.Type(), len(pairs)/2))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		w.push(key.Value)
		w.checkKey(key)
		item := reflect.New(element).Elem()
		w.value(value, lineOf(key, value), item, hash.Child(key.Value))
		target.SetMapIndex(reflect.ValueOf(key.Value).Convert(target.Type().Key()), item)
		w.pop()
	}
}

func (w *walk) sliceValue(node *yaml.Node, target reflect.Value, hash snapshot.PathHash) {
	if isNull(node) {
		return
	}
	if target.Type().Elem().Kind() == reflect.Uint8 {
		w.bytesValue(node, target)
		return
	}
	if node.Kind != yaml.SequenceNode {
		w.wrongType(node, "a list")
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(node.Content), len(node.Content)))
	for i, item := range node.Content {
		w.pushIndex(i)
		w.value(item, item.Line, target.Index(i), hash.Index(i))
		w.pop()
	}
}

func (w *walk) bytesValue(node *yaml.Node, target reflect.Value) {
	if node.Kind == yaml.ScalarNode && strings.HasPrefix(node.Value, encryptedBySOPS) {
		target.SetBytes([]byte(node.Value)) // decrypted before it is applied
		return
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Map(dropSpace, node.Value))
	if node.Kind != yaml.ScalarNode || err != nil {
		w.problem(node.Line, "the API needs base64 text") // the value may be a secret
		return
	}
	w.unquoted(node)
	target.SetBytes(raw)
}

// encryptedBySOPS starts the values that SOPS (getsops.io) has encrypted in a file.
const encryptedBySOPS = "ENC[AES256_GCM,"

func dropSpace(r rune) rune {
	if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
		return -1
	}
	return r
}
