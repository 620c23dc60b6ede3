package document

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	sigsyaml "sigs.k8s.io/yaml"
)

// quoted reports whether the scalar is written in quotes or as a block, or is
// explicitly tagged a string.
func quoted(node *yaml.Node) bool {
	return node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 ||
		node.Style&yaml.TaggedStyle != 0 && node.Tag == "!!str"
}

// text decodes a string. An unquoted scalar that kubectl would send as another
// type is taken literally, and said to be refused.
func (w *walk) text(node *yaml.Node, target reflect.Value) {
	if node.Kind != yaml.ScalarNode {
		w.wrongType(node, "a string")
		return
	}
	if isNull(node) && !w.nullIsText(node) {
		return
	}
	w.unquoted(node)
	if last := w.path[len(w.path)-1]; last.Index < 0 && last.Key != "value" && strings.Contains(node.Value, "{{") && w.isTemplate() {
		w.problem(node, w.where(), "holds a Go template that was not rendered: scan the chart's folder, or the rendered output")
	}
	target.SetString(node.Value)
}

// nullIsText reports whether a written null stands where only text makes sense:
// the name of something, or a value of a map of strings. Elsewhere null means
// that the field is absent.
func (w *walk) nullIsText(node *yaml.Node) bool {
	if node.Value == "" {
		return false
	}
	last := w.path[len(w.path)-1]
	if last.Index >= 0 || last.Key == "name" || last.Key == "namespace" {
		return true
	}
	if len(w.path) < 2 {
		return false
	}
	parent := w.path[len(w.path)-2].Key
	return parent == "labels" || parent == "annotations" || parent == "matchLabels" || parent == "nodeSelector" || parent == "selector"
}

// isTemplate tells a template in a field of the API from one that is data: below
// data, annotations and the like, braces are somebody else's language.
func (w *walk) isTemplate() bool {
	for _, segment := range w.path[:len(w.path)-1] {
		switch segment.Key {
		case "data", "stringData", "annotations", "parameters", "env", "args", "command", "exec", "httpHeaders":
			return false
		}
	}
	return true
}

// unquoted refuses a plain scalar that is no string to kubectl.
func (w *walk) unquoted(node *yaml.Node) {
	if quoted(node) || node.Value == "" || !mayBeTyped(node.Value) {
		return
	}
	if kind := typeOf(node.Value); kind != "" {
		w.refuse(node.Line, fmt.Sprintf("%s: %s is %s to the API server, which refuses it where a string belongs: quote it", w.where(), cut(node.Value, 40), kind))
	}
}

// mayBeTyped is a cheap test that lets most strings pass: only these words, and
// what starts like a number, can be anything else.
func mayBeTyped(text string) bool {
	switch c := text[0]; {
	case c >= '0' && c <= '9', c == '+', c == '-', c == '.', c == '~':
		return true
	default:
		return len(text) <= 5 && strings.IndexByte("yYnNtTfFoO", c) >= 0
	}
}

// typeOf says what kubectl makes of a plain scalar: "a boolean", "a number",
// "null", or "" for a string. It asks the library that kubectl uses.
func typeOf(text string) string {
	raw, err := sigsyaml.YAMLToJSON([]byte(text))
	if err != nil || len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return "a number"
	default:
		return ""
	}
}

// scalar decodes booleans and numbers. A quoted one is wrong to the API server;
// it is read as it was meant, and the object is marked partial.
func (w *walk) scalar(node *yaml.Node, target reflect.Value) {
	if isNull(node) {
		return
	}
	want := "a number"
	if target.Kind() == reflect.Bool {
		want = "a boolean"
	}
	if node.Kind != yaml.ScalarNode || !setScalar(node.Value, target) || quoted(node) {
		w.wrongType(node, want)
	}
}

func setScalar(text string, target reflect.Value) bool {
	switch target.Kind() {
	case reflect.Bool:
		value, ok := parseBool(text)
		target.SetBool(value)
		return ok
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		value, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 0, 64)
		if err != nil || target.OverflowInt(value) {
			return false
		}
		target.SetInt(value)
		return true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		value, err := strconv.ParseUint(strings.ReplaceAll(text, "_", ""), 0, 64)
		if err != nil || target.OverflowUint(value) {
			return false
		}
		target.SetUint(value)
		return true
	case reflect.Float32, reflect.Float64:
		value, err := strconv.ParseFloat(text, 64)
		target.SetFloat(value)
		return err == nil
	default:
		return false
	}
}

// parseBool knows the words of YAML 1.1, which kubectl reads.
func parseBool(text string) (value, ok bool) {
	switch text {
	case "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON":
		return true, true
	case "false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF":
		return false, true
	default:
		return false, false
	}
}

// plainScalar types a scalar as kubectl does.
func plainScalar(node *yaml.Node) any {
	if quoted(node) || node.Value != "" && !mayBeTyped(node.Value) {
		return node.Value
	}
	raw, err := sigsyaml.YAMLToJSON([]byte(node.Value))
	if err != nil || !json.Valid(raw) {
		return node.Value
	}
	if len(raw) > 0 && raw[0] == '"' {
		return node.Value
	}
	return json.RawMessage(raw)
}

// special decodes the types that decode themselves, and reports whether it did.
func (w *walk) special(node *yaml.Node, target reflect.Value) bool {
	if !target.CanAddr() {
		return false
	}
	switch value := target.Addr().Interface().(type) {
	case *resource.Quantity:
		w.quantity(node, value)
	case *intstr.IntOrString:
		w.intOrString(node, value)
	case json.Unmarshaler:
		w.unmarshal(node, value)
	default:
		return false
	}
	return true
}

func (w *walk) quantity(node *yaml.Node, target *resource.Quantity) {
	if isNull(node) {
		return
	}
	quantity, err := resource.ParseQuantity(strings.TrimSpace(node.Value))
	if node.Kind != yaml.ScalarNode || err != nil {
		w.wrongType(node, "a quantity such as 100m or 1Gi")
		return
	}
	*target = quantity
}

func (w *walk) intOrString(node *yaml.Node, target *intstr.IntOrString) {
	if node.Kind != yaml.ScalarNode {
		w.wrongType(node, "a number or a string")
		return
	}
	if !quoted(node) {
		if number, err := strconv.ParseInt(node.Value, 0, 32); err == nil {
			*target = intstr.FromInt32(int32(number))
			return
		}
	}
	*target = intstr.FromString(node.Value)
}

func (w *walk) unmarshal(node *yaml.Node, target json.Unmarshaler) {
	if isNull(node) {
		return
	}
	raw, err := json.Marshal(w.plain(node))
	if err == nil {
		err = target.UnmarshalJSON(raw)
	}
	if err != nil {
		w.problem(node, w.where(), fmt.Sprintf("%s is not understood: %v", describe(node), err))
	}
}
