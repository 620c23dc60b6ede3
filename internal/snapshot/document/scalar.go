package document

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/snapshot"
)

// sense is what kubectl makes of a plain scalar.
type sense uint8

const (
	text sense = iota
	null
	boolean
	number
	noNumber // infinity or not a number, which JSON cannot say: kubectl fails
)

// String is how messages say it.
func (s sense) String() string {
	return [...]string{"text", "nothing", "a boolean", "a number", "not a finite number"}[s]
}

// typed says what kubectl makes of a plain scalar, and the JSON that it sends.
// kubectl reads YAML 1.1: this follows go.yaml.in/yaml/v2, resolve.go, as
// sigs.k8s.io/yaml uses it.
func typed(plain string) (sense, string) {
	if plain == "" {
		return null, "null"
	}
	switch c := plain[0]; {
	case c == '.' || c == '+' || c == '-' || c >= '0' && c <= '9':
		return typedNumber(plain)
	case len(plain) <= 5 && strings.IndexByte("yYnNtTfFoO~", c) >= 0:
		return typedWord(plain)
	default:
		return text, ""
	}
}

func typedWord(plain string) (sense, string) {
	switch plain {
	case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return boolean, "true"
	case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return boolean, "false"
	case "~", "null", "Null", "NULL":
		return null, "null"
	default:
		return text, ""
	}
}

func typedNumber(plain string) (sense, string) {
	switch plain {
	case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF":
		return noNumber, ""
	}
	if plain[0] == '.' {
		return typedFloat(plain)
	}
	digits := strings.ReplaceAll(plain, "_", "")
	if integer, err := strconv.ParseInt(digits, 0, 64); err == nil {
		return number, strconv.FormatInt(integer, 10)
	}
	if integer, err := strconv.ParseUint(digits, 0, 64); err == nil {
		return number, strconv.FormatUint(integer, 10)
	}
	if yamlFloat(digits) {
		return typedFloat(digits)
	}
	if binary, ok := strings.CutPrefix(digits, "-0b"); ok {
		if integer, err := strconv.ParseInt("-"+binary, 2, 64); err == nil {
			return number, strconv.FormatInt(integer, 10)
		}
	} else if binary, ok := strings.CutPrefix(digits, "0b"); ok {
		if integer, err := strconv.ParseInt(binary, 2, 64); err == nil {
			return number, strconv.FormatInt(integer, 10)
		}
	}
	return text, ""
}

// yamlFloat is the pattern of floats in YAML 1.1 as go.yaml.in/yaml/v2 has it.
func yamlFloat(digits string) bool {
	if strings.Trim(digits, "0123456789+-.eE") != "" {
		return false
	}
	return regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`).MatchString(digits)
}

func typedFloat(digits string) (sense, string) {
	float, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return text, ""
	}
	if math.IsInf(float, 0) || math.IsNaN(float) {
		return noNumber, ""
	}
	raw, err := json.Marshal(float)
	if err != nil {
		return noNumber, ""
	}
	return number, string(raw)
}

// senseOf says what kubectl makes of a scalar as it is written, and its JSON.
func senseOf(node *yaml.Node) (sense, string) {
	if quoted(node) {
		return text, ""
	}
	return typed(node.Value)
}

// quoted reports whether the scalar is written in quotes or as a block, or is
// explicitly tagged a string.
func quoted(node *yaml.Node) bool {
	if node.Style&yaml.TaggedStyle != 0 {
		return node.Tag == "!!str"
	}
	return node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// stringValue decodes a string. An unquoted scalar that kubectl would send as
// another type is taken literally, and said to be refused.
func (w *walk) stringValue(node *yaml.Node, target reflect.Value) {
	if node.Kind != yaml.ScalarNode {
		w.wrongType(node, "a string")
		return
	}
	if isNull(node) && (node.Value == "" || !w.nullIsText()) {
		return
	}
	w.unquoted(node)
	if strings.Contains(node.Value, "{{") && w.isSchema() {
		w.problem(node.Line, "holds a Go template that was not rendered: scan the chart's folder, or the rendered output")
	}
	target.SetString(node.Value)
}

// nullIsText reports whether a written null stands where only text makes sense:
// the name of something, an element of a list, or a value of a map of strings.
// Elsewhere null means that the field is absent.
func (w *walk) nullIsText() bool {
	last := w.last()
	if last.Index >= 0 || last.Key == "name" || last.Key == "namespace" {
		return true
	}
	return len(w.path) > 1 && stringMap(w.path[len(w.path)-2].Key)
}

// stringMap knows the fields of the API that are maps of strings.
func stringMap(key string) bool {
	switch key {
	case "labels", "annotations", "matchLabels", "nodeSelector", "selector", "data", "stringData":
		return true
	default:
		return false
	}
}

// isSchema tells a field of the API from one that is data: below data,
// annotations and the like, braces are somebody else's language.
func (w *walk) isSchema() bool {
	if last := w.last(); last.Index >= 0 || last.Key == "value" {
		return false
	}
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
	if node.Value == "" {
		return
	}
	if w.foreignTag(node) {
		return
	}
	if meant, _ := senseOf(node); meant != text {
		w.refuse(node.Line, fmt.Sprintf("%s is %s to the API server, which refuses it where a string belongs: quote it", w.shown(node, meant), meant))
	}
}

// shown is the text of a scalar for a message. A number may be a secret where
// secrets are kept; y, null and the like are not.
func (w *walk) shown(node *yaml.Node, meant sense) string {
	if meant == number && w.sensitive() {
		return "the unquoted value"
	}
	return "the unquoted " + cut(node.Value, 40)
}

// foreignTag reports a scalar with an explicit tag other than that of strings: no
// API has a use for it, and tools differ in what they make of it.
func (w *walk) foreignTag(node *yaml.Node) bool {
	if node.Style&yaml.TaggedStyle == 0 || node.Tag == "!!str" {
		return false
	}
	if w.sensitive() { // an unquoted password may start with an exclamation mark
		w.problem(node.Line, "has a YAML tag (!), which is not understood: quote the value if it is text")
		return true
	}
	w.problem(node.Line, fmt.Sprintf("has the YAML tag %s, which is not understood: write the value without it", cut(node.Tag, 40)))
	return true
}

// checkKey says when kubectl makes another key of a plain scalar.
func (w *walk) checkKey(key *yaml.Node) {
	if key.Value == "" && !quoted(key) {
		w.refuse(key.Line, "the key is empty: write one")
		return
	}
	switch meant, raw := senseOf(key); {
	case meant == text, raw == key.Value:
	case meant == null, meant == noNumber:
		w.refuse(key.Line, fmt.Sprintf("the key is %s to kubectl, which refuses it: quote it", meant))
	default:
		w.refuse(key.Line, fmt.Sprintf("kubectl makes the key %q of it: quote it", raw))
	}
}

// scalarValue decodes booleans and numbers. A quoted one is wrong to the API
// server; it is read as it was meant, and the object is marked partial.
func (w *walk) scalarValue(node *yaml.Node, target reflect.Value) {
	if isNull(node) {
		return
	}
	want := "a number"
	if target.Kind() == reflect.Bool {
		want = "a boolean"
	}
	if node.Kind != yaml.ScalarNode || !setScalar(node.Value, target) || quoted(node) {
		w.wrongType(node, want)
		return
	}
	w.foreignTag(node)
}

func setScalar(plain string, target reflect.Value) bool {
	meant, raw := typed(plain)
	switch target.Kind() {
	case reflect.Bool:
		target.SetBool(raw == "true")
		return meant == boolean
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		value, err := strconv.ParseInt(raw, 10, 64)
		if meant != number || err != nil || target.OverflowInt(value) {
			return false
		}
		target.SetInt(value)
		return true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		value, err := strconv.ParseUint(raw, 10, 64)
		if meant != number || err != nil || target.OverflowUint(value) {
			return false
		}
		target.SetUint(value)
		return true
	case reflect.Float32, reflect.Float64:
		value, err := strconv.ParseFloat(raw, 64)
		if meant != number || err != nil || target.OverflowFloat(value) {
			return false
		}
		target.SetFloat(value)
		return true
	default:
		return false
	}
}

// special decodes the types that decode themselves, and reports whether it did.
func (w *walk) special(node *yaml.Node, target reflect.Value, hash snapshot.PathHash) bool {
	if !target.CanAddr() || target.Kind() != reflect.Struct && target.Kind() != reflect.Slice {
		return false
	}
	switch value := target.Addr().Interface().(type) {
	case *resource.Quantity:
		w.quantity(node, value)
	case *intstr.IntOrString:
		w.intOrString(node, value)
	case json.Unmarshaler:
		w.unmarshal(node, value, hash)
	default:
		return false
	}
	return true
}

func (w *walk) quantity(node *yaml.Node, target *resource.Quantity) {
	if isNull(node) {
		return
	}
	plain := node.Value
	if meant, raw := senseOf(node); meant == number {
		plain = raw
	}
	quantity, err := resource.ParseQuantity(strings.TrimSpace(plain))
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
	switch meant, raw := senseOf(node); meant {
	case null:
	case number:
		integer, err := strconv.ParseInt(raw, 10, 32)
		if err != nil {
			w.wrongType(node, "a whole number or a string")
			return
		}
		*target = intstr.FromInt32(int32(integer))
	default:
		w.unquoted(node)
		*target = intstr.FromString(node.Value)
	}
}

// unmarshal gives a value to a type that reads JSON.
func (w *walk) unmarshal(node *yaml.Node, target json.Unmarshaler, hash snapshot.PathHash) {
	raw := w.appendNode(nil, node, hash)
	if isNull(node) {
		return
	}
	if err := target.UnmarshalJSON(raw); err != nil {
		reason := describe(node, w.sensitive()) + " is not understood"
		if !w.sensitive() {
			reason += ": " + err.Error()
		}
		w.problem(node.Line, reason)
	}
}
