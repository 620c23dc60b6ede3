package document

import (
	"bytes"
	"testing"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

func BenchmarkDecode(b *testing.B) {
	files := sortedKeys(corpus(b, "generated"))
	size := 0
	for _, file := range files {
		size += len(file.data)
	}
	decoder := NewDecoder("")
	b.SetBytes(int64(size / len(files)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		file := files[i%len(files)]
		decoder.Decode(Text{File: file.path, Data: file.data, Editable: true}, func(snapshot.Change) {})
	}
}

// BenchmarkParse is the part of the YAML library.
func BenchmarkParse(b *testing.B) {
	files := sortedKeys(corpus(b, "generated"))
	size := 0
	for _, file := range files {
		size += len(file.data)
	}
	b.SetBytes(int64(size / len(files)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := parseYAML(files[i%len(files)].data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	data := bytes.Repeat([]byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"), 1000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		split(data)
	}
}

// BenchmarkEdits makes two fixes of each object.
func BenchmarkEdits(b *testing.B) {
	var objects []*snapshot.Object
	for _, file := range sortedKeys(corpus(b, "generated")) {
		for _, object := range editable(file) {
			if object.Kind == "Deployment" {
				objects = append(objects, object)
			}
		}
	}
	for name, edits := range map[string]func(e *Editor, patch model.Patch){
		"local": func(e *Editor, patch model.Patch) { e.Edits([]model.Patch{patch}) },
		"whole": func(e *Editor, patch model.Patch) { wholeEdits(e.doc, e.line, e.file, []model.Patch{patch}) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				object := objects[i%len(objects)]
				e := NewEditor(object.Origin.Doc, object.Origin.Line, object.Origin.File)
				for _, path := range []model.Path{"spec.template.spec.hostUsers", "spec.template.spec.containers[0].securityContext.runAsNonRoot"} {
					edits(e, model.Patch{Object: object.Ref, Op: model.Set, Path: path, Value: model.JSON(true)})
				}
			}
		})
	}
}
