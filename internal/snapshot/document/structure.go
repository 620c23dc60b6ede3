package document

import (
	"reflect"
	"strings"
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
			continue
		case name == "" && inlined.Kind() == reflect.Struct && (f.Anonymous || strings.Contains(options, "inline")):
			collect(inlined, index, fields)
			continue
		case name == "":
			name = f.Name
		}
		// As in encoding/json, the field that is embedded less deeply wins.
		if known, ok := fields[name]; !ok || len(index) < len(known.index) {
			fields[name] = field{index: index}
		}
	}
}
