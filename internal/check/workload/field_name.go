package workload

import (
	"reflect"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// typed finds the Go types of kinds.
var typed = kinds.NewTable()

// nearestField returns the name that was most likely meant by the last name of a
// path which the type of an object does not have: one that differs in case, or in
// at most two letters. It is "" when no name is near.
func nearestField(object *snapshot.Object, path model.Path) string {
	info := typed.Find(object.Group, object.Kind)
	segments, err := path.Segments()
	if err != nil || len(segments) == 0 || info == nil {
		return ""
	}
	last := len(segments) - 1
	holder, ok := info.Type(object.Version)
	if !ok {
		return ""
	}
	for _, segment := range segments[:last] {
		if holder = step(holder, segment); holder == nil {
			return ""
		}
	}
	wanted, best, distance := segments[last].Key, "", 3
	eachField(holder, func(name string, _ reflect.Type) {
		switch {
		case strings.EqualFold(name, wanted):
			best, distance = name, 0
		case max(len(name), len(wanted))-min(len(name), len(wanted)) < distance:
			if d := editDistance(name, wanted); d < distance && d < len(name)/2 {
				best, distance = name, d
			}
		}
	})
	return best
}

// step returns the type of one step of a path, or nil.
func step(t reflect.Type, segment model.Segment) reflect.Type {
	t = pointed(t)
	switch {
	case t.Kind() == reflect.Slice && segment.Index >= 0, t.Kind() == reflect.Map && segment.Index < 0:
		return t.Elem()
	case t.Kind() == reflect.Struct && segment.Index < 0:
		var found reflect.Type
		eachField(t, func(name string, of reflect.Type) {
			if name == segment.Key {
				found = of
			}
		})
		return found
	default:
		return nil
	}
}

func pointed(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// eachField visits the JSON fields of a struct, inlined ones included.
func eachField(t reflect.Type, visit func(name string, of reflect.Type)) {
	if t = pointed(t); t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && (f.Anonymous || strings.Contains(options, "inline")):
			eachField(f.Type, visit)
		case name != "":
			visit(name, f.Type)
		}
	}
}

// editDistance counts the letters to insert, delete or replace (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
