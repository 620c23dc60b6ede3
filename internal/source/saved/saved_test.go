package saved

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"reflect"
	"testing"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

func changes() []snapshot.Change {
	deployment := model.ID{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "web"}
	return []snapshot.Change{
		{Put: &snapshot.Object{
			Ref:    model.Ref{ID: deployment, Version: "v1", UID: "u"},
			Origin: &snapshot.Origin{File: "a.yaml", Line: 3, Editable: true, APIVersion: "extensions/v1beta1", Lines: snapshot.Lines{{Path: 7, Line: 4}}, Unknown: []snapshot.Unrecognised{{Path: "spec.x", Line: 5}}},
			Body:   snapshot.JSON(`{"spec":{}}`), Partial: true,
			Secrets: []snapshot.FoundSecret{{Path: "spec", Rule: "password", Certain: true, SizeBytes: 7, HMAC: "ab"}},
		}},
		{Put: &snapshot.Object{Ref: model.Ref{ID: model.ID{Kind: "Pod", Name: "p"}}, Body: snapshot.Undecodable{Reason: "why"}, Implied: true}},
		{Listed: &model.Scope{Group: "apps", Kind: "Deployment"}},
		{Gap: &model.Gap{Scope: model.Scope{Kind: "Secret"}, Reason: "forbidden", Refused: true}},
	}
}

func roundTrip(t *testing.T, s *snapshot.Snapshot) (Header, []snapshot.Change) {
	t.Helper()
	var file bytes.Buffer
	if err := Write(&file, "cluster kind", s); err != nil {
		t.Fatal(err)
	}
	source, err := Open(&file)
	if err != nil {
		t.Fatal(err)
	}
	var read []snapshot.Change
	if err := source.Read(context.Background(), func(c snapshot.Change) error { read = append(read, c); return nil }); err != nil {
		t.Fatal(err)
	}
	return source.Header, read
}

func TestRoundTrip(t *testing.T) {
	s := snapshot.New(snapshot.Settings{Gates: map[string]bool{"NodeLogQuery": false}, Cluster: "", Version: snapshot.Version{Major: 1, Minor: 35}, Live: true}, changes()...)
	header, read := roundTrip(t, s)
	if header.Target != "cluster kind" || !reflect.DeepEqual(header.Settings, s.Settings()) {
		t.Errorf("header %+v", header)
	}
	want := s.Changes()
	if len(read) != len(want) {
		t.Fatalf("%d changes, want %d", len(read), len(want))
	}
	for i := range want {
		a, b := read[i], want[i]
		if (a.Put == nil) != (b.Put == nil) || !reflect.DeepEqual(a.Listed, b.Listed) || !reflect.DeepEqual(a.Gap, b.Gap) {
			t.Errorf("change %d: %+v, want %+v", i, a, b)
			continue
		}
		if a.Put == nil {
			continue
		}
		if a.Put.Ref != b.Put.Ref || a.Put.Implied != b.Put.Implied || a.Put.Partial != b.Put.Partial ||
			!reflect.DeepEqual(a.Put.Body, b.Put.Body) || !reflect.DeepEqual(a.Put.Origin, b.Put.Origin) || !reflect.DeepEqual(a.Put.Secrets, b.Put.Secrets) {
			t.Errorf("object %d: %+v, want %+v", i, a.Put, b.Put)
		}
	}
	if again, _ := roundTrip(t, snapshot.New(header.Settings, read...)); again.Target == "" {
		t.Error("what was read cannot be saved again")
	}
}

// The text of documents may hold secrets: it is not written.
func TestTextIsNotSaved(t *testing.T) {
	c := changes()
	c[0].Put.Origin.Doc = []byte("password: hunter2")
	var file bytes.Buffer
	if err := Write(&file, "", snapshot.New(snapshot.Settings{}, c...)); err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	var plain bytes.Buffer
	if _, err := plain.ReadFrom(zip); err != nil || bytes.Contains(plain.Bytes(), []byte("hunter2")) {
		t.Errorf("%v\n%s", err, plain.Bytes())
	}
}

func TestDamage(t *testing.T) {
	var file bytes.Buffer
	if err := Write(&file, "", snapshot.New(snapshot.Settings{}, changes()...)); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("apiVersion: v1"), "gzip of something else": gzipped("hello"), "another form": gzipped(`{"format":"holdfast.dev/snapshot/v9"}`)} {
		if _, err := Open(bytes.NewReader(data)); err == nil {
			t.Errorf("%s: opened", name)
		} else if name != "another form" && !errors.Is(err, ErrNoSnapshot) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for cut := 1; cut < len(whole); cut += 7 {
		source, err := Open(bytes.NewReader(whole[:len(whole)-cut]))
		if err != nil {
			continue
		}
		if err := source.Read(context.Background(), func(snapshot.Change) error { return nil }); err == nil {
			t.Errorf("without its last %d bytes the file reads as if it were whole", cut)
		}
	}
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	zip.Write([]byte(text + "\n"))
	zip.Close()
	return b.Bytes()
}

func FuzzOpen(f *testing.F) {
	var file bytes.Buffer
	if err := Write(&file, "", snapshot.New(snapshot.Settings{}, changes()...)); err != nil {
		f.Fatal(err)
	}
	zip, _ := gzip.NewReader(&file)
	var plain bytes.Buffer
	plain.ReadFrom(zip)
	f.Add(plain.String())
	f.Fuzz(func(t *testing.T, text string) {
		source, err := Open(bytes.NewReader(gzipped(text)))
		if err != nil {
			return
		}
		var read []snapshot.Change
		if source.Read(context.Background(), func(c snapshot.Change) error { read = append(read, c); return nil }) == nil {
			for _, c := range read {
				if c.Put == nil && c.Listed == nil && c.Gap == nil {
					t.Fatal("an empty change")
				}
			}
			snapshot.New(source.Header.Settings, read...)
		}
	})
}
