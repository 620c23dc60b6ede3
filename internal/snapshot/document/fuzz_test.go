package document

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/snapshot"
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
