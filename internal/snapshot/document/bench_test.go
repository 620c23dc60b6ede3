package document

import (
	"bytes"
	"testing"

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
