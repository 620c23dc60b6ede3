package document

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// field is one JSON field of a Go struct, possibly of an embedded one.
type field struct{ index []int }

// in returns the field of a struct value, making embedded pointers on the way.
func (f field) in(target reflect.Value) reflect.Value {
	for _, i := range f.index {
		if target.Kind() == reflect.Pointer {
			if target.IsNil() {
				target.Set(reflect.New(target.Type().Elem()))
			}
			target = target.Elem()
		}
		target = target.Field(i)
	}
	return target
}

// structure returns the JSON fields of a struct type by name. Names are matched
// exactly, as the API server does.
func (d *Decoder) structure(t reflect.Type) map[string]field {
	if known, ok := d.structs.Load(t); ok {
		return known.(map[string]field)
	}
	fields := map[string]field{}
	collect(t, nil, fields)
	known, _ := d.structs.LoadOrStore(t, fields)
	return known.(map[string]field)
}

func collect(t reflect.Type, prefix []int, fields map[string]field) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(prefix[:len(prefix):len(prefix)], i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		inlined := f.Type
		if inlined.Kind() == reflect.Pointer {
			inlined = inlined.Elem()
		}
		switch {
		case name == "-" || !f.IsExported() && !f.Anonymous:
		case name == "" && inlined.Kind() == reflect.Struct && (f.Anonymous || strings.Contains(options, "inline")):
			collect(inlined, index, fields)
		case name == "":
			fields[f.Name] = field{index: index}
		default:
			fields[name] = field{index: index}
		}
	}
}

// keySet finds keys that stand twice in one map: by looking back in short maps,
// which nearly all are, and by a Go map in long ones.
type keySet struct{ long map[string]*yaml.Node }

// add notes the key at i and returns an earlier key equal to it, or nil.
func (s *keySet) add(node *yaml.Node, i int) *yaml.Node {
	key := node.Content[i]
	if len(node.Content) > 64 {
		if s.long == nil {
			s.long = make(map[string]*yaml.Node, len(node.Content)/2)
		}
		first := s.long[key.Value]
		s.long[key.Value] = key
		return first
	}
	for j := 0; j < i; j += 2 {
		if node.Content[j].Value == key.Value {
			return node.Content[j]
		}
	}
	return nil
}
