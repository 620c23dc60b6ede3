package document

import (
	"encoding/json"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
	sigsyaml "sigs.k8s.io/yaml"
)

// library says what the library that kubectl uses makes of a plain scalar; ok is
// false for what is no plain scalar.
func library(plain string) (meant sense, raw string, ok bool) {
	var node yaml.Node
	if err := yaml.Unmarshal([]byte("a: "+plain), &node); err != nil || len(node.Content) != 1 || node.Content[0].Kind != yaml.MappingNode {
		return 0, "", false
	}
	value := node.Content[0].Content[1]
	if value.Kind != yaml.ScalarNode || value.Value != plain || value.Style != 0 {
		return 0, "", false
	}
	out, err := sigsyaml.YAMLToJSON([]byte("a: " + plain))
	if err != nil {
		return noNumber, "", true
	}
	out = out[len(`{"a":`) : len(out)-1]
	switch out[0] {
	case '"':
		return text, "", true
	case 't', 'f':
		return boolean, string(out), true
	case 'n':
		return null, string(out), true
	default:
		return number, string(out), true
	}
}

func checkTyped(t interface{ Fatalf(string, ...any) }, plain string) bool {
	want, wantRaw, ok := library(plain)
	if !ok {
		return false
	}
	if got, raw := typed(plain); got != want || raw != wantRaw {
		t.Fatalf("%q is %v %s to kubectl, we say %v %s", plain, want, wantRaw, got, raw)
	}
	return true
}

func TestTyped(t *testing.T) {
	words := "y Y yes Yes YES n N no No NO true True TRUE false False FALSE on On ON off Off OFF null Null NULL ~ yEs tRUE nUll oN " +
		"0 1 -1 +1 01 010 08 0777 0o777 0x1 0X1F -0x1 0b101 -0b11 +0b1 0b2 1_000 _1 1_ 0x_1 1e3 1E3 1e+3 1.5e-7 1. .5 -.5 +.5 1.0 1.10 100m 1Gi 12e 1e 1e400 -1e400 .e1 " +
		".inf -.inf +.inf .INF .nan .NaN nan inf Inf infinity +inf -Infinity 1:20 190:20:30 2001-01-01 2001-12-14t21:59:43.10-05:00 1.2.3 1.2.3.4 10.0.0.0/8 " +
		"... --- - + . .. 9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 99999999999999999999999 0.1 1e21 1e20 1e-6 1e-7 0x1p-2 1__0 0_ -0 +0 00 0.0 -0.0 = << ! <"
	for _, word := range strings.Fields(words) {
		checkTyped(t, word)
	}
}

func TestTypedProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkTyped(t, rapid.StringMatching(`[-+.~]?[0-9yYnNtTfFoOxXbBeEiIaA_.:+-]{0,8}[0-9a-fA-FmGi]{0,3}`).Draw(t, "plain"))
	})
}

func FuzzTyped(f *testing.F) {
	for _, seed := range []string{"y", "1e3", "0x1", ".inf", "1_0", "~", "0b1", "1.5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, plain string) {
		if meant, raw := typed(plain); meant == number && !json.Valid([]byte(raw)) {
			t.Fatalf("%q: %q is no JSON", plain, raw)
		}
		checkTyped(t, plain)
	})
}
