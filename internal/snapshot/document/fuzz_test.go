package document

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// FuzzDecode demands of any text: no panic, an end in good time, something said
// about it, the same every time, and lines that exist.
func FuzzDecode(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/bad.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		if file.Name != "want" && len(file.Data) < 4000 {
			f.Add(file.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		begin := time.Now()
		changes := decodeAll(Text{File: "f", Data: data, Editable: true})
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if len(changes) == 0 {
			t.Error("nothing is said about the text")
		}
		last := bytes.Count(data, []byte("\n")) + 1
		for _, change := range changes {
			checkChange(t, change, last)
		}
		again := decodeAll(Text{File: "f", Data: data, Editable: true})
		if !slices.Equal(describeChanges(changes), describeChanges(again)) {
			t.Error("another result the second time")
		}
	})
}

func checkChange(t *testing.T, change snapshot.Change, last int) {
	t.Helper()
	set := 0
	for _, is := range []bool{change.Put != nil, change.Gap != nil, change.Delete != nil, change.Listed != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		t.Errorf("%d fields are set", set)
	}
	if change.Gap != nil && (change.Gap.Line < 0 || change.Gap.Line > last || change.Gap.Reason == "") {
		t.Errorf("gap %+v", *change.Gap)
	}
	if change.Put == nil {
		return
	}
	if _, err := change.Put.Encode(); err != nil && change.Put.Body == nil {
		t.Errorf("%s: %v", change.Put.ID, err)
	}
	for _, field := range append(change.Put.Origin.Lines, snapshot.FieldLine{Line: int32(change.Put.Origin.Line)}) {
		if field.Line < 1 || int(field.Line) > last {
			t.Errorf("%s: line %d of %d", change.Put.ID, field.Line, last)
		}
	}
}

// FuzzAgreesWithTheAPI compares any single document that the libraries of the API
// server read without complaint with what is decoded, unless a gap says that it
// may differ.
func FuzzAgreesWithTheAPI(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/bad.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		for _, part := range split(file.Data) {
			if file.Name != "want" && len(part.data) < 4000 {
				f.Add(part.data)
			}
		}
	}
	decoder := NewDecoder("")
	f.Fuzz(func(t *testing.T, data []byte) {
		parts := split(data)
		if len(parts) != 1 || len(data) > 1<<14 || bytes.Contains(data, []byte("\n---")) {
			return
		}
		raw, err := sigsyaml.YAMLToJSONStrict(parts[0].data)
		if err != nil {
			return
		}
		changes := decodeAll(Text{File: "f", Data: data})
		if len(changes) != 1 || changes[0].Put == nil || bytes.Contains(data, []byte("items")) {
			return
		}
		object := changes[0].Put
		want := apiValue(decoder, raw, object)
		if want == nil {
			return
		}
		body := object.Body
		if untyped, ok := body.(snapshot.JSON); ok {
			var tree any
			if err := json.Unmarshal(untyped, &tree); err != nil {
				t.Fatal(err)
			}
			body = tree
		}
		if a, b := encode(t, want), encode(t, body); a != b {
			t.Errorf("API  %s\nours %s", a, b)
		}
	})
}

// apiValue is what the API server makes of an object; nil when it refuses it.
func apiValue(decoder *Decoder, raw []byte, object *snapshot.Object) any {
	var want any
	info := decoder.Kinds.Find(object.Group, object.Kind)
	if info == nil {
		if json.Unmarshal(raw, &want) != nil {
			return nil
		}
		again, err := json.Marshal(want)
		if err != nil {
			return nil
		}
		return json.RawMessage(again)
	}
	goType, ok := info.Type(object.Version)
	if !ok {
		return nil
	}
	want = reflect.New(goType).Interface()
	if _, err := kjson.UnmarshalStrict(raw, want); err != nil {
		return nil
	}
	if meta, ok := want.(metav1.Object); ok {
		meta.SetNamespace(object.Namespace)
	}
	kinds.Default(want)
	return want
}

// FuzzEdits demands of any text and patch: no panic, and an edit only if it makes
// what the patch makes.
func FuzzEdits(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/edit.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		f.Add(file.Data, "spec.hostPID", "false", uint8(0))
		f.Add(file.Data, "spec.containers[0].args", `"x"`, uint8(2))
		f.Add(file.Data, "spec.securityContext", "", uint8(1))
	}
	f.Fuzz(func(t *testing.T, doc []byte, path, value string, op uint8) {
		if !json.Valid([]byte(value)) && op != uint8(model.Remove) || len(doc) > 1<<14 {
			return
		}
		patches := []model.Patch{{Op: model.Op(op % 3), Path: model.Path(path), Value: json.RawMessage(value)}}
		edits, err := Edits(doc, 1, "f", patches)
		if err != nil {
			return
		}
		root, err := rootOf(doc)
		if err != nil {
			t.Fatalf("edits of no object: %v", err)
		}
		for i := range edits { // line 1 is that of the object
			edits[i].StartLine += root.Line - 1
			edits[i].EndLine += root.Line - 1
		}
		after, err := Apply(doc, edits)
		if err != nil {
			t.Fatal(err)
		}
		want, err := resolved(doc, patches)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tree(after); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v\n%q\nbecomes\n%q\n%v\nnot\n%v", err, doc, after, got, want)
		}
	})
}
