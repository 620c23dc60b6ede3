package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// TestEdits reads testdata/edit.txtar: documents, each followed by pairs of
// patches and the lines that they change, as a diff without context.
func TestEdits(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/edit.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var file txtar.File
	for i := range archive.Files {
		section := &archive.Files[i]
		if name, ok := strings.CutPrefix(section.Name, "file "); ok {
			file = txtar.File{Name: name, Data: unescape(t, *section)}
			continue
		}
		patches := parsePatches(t, section.Name)
		got := edited(t, file, patches)
		if string(section.Data) != got && !update {
			t.Errorf("%s: %s: got\n%swant\n%s", file.Name, section.Name, got, section.Data)
		}
		section.Data = []byte(got)
	}
	if update {
		if err := os.WriteFile("testdata/edit.txtar", txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// parsePatches reads "set PATH=JSON; remove PATH; add PATH=JSON".
func parsePatches(t *testing.T, text string) []model.Patch {
	var patches []model.Patch
	for each := range strings.SplitSeq(text, "; ") {
		op, rest, _ := strings.Cut(each, " ")
		path, value, _ := strings.Cut(rest, "=")
		patch := model.Patch{Path: model.Path(path), Value: json.RawMessage(value)}
		if err := patch.Op.UnmarshalText([]byte(op)); err != nil {
			t.Fatal(err)
		}
		patches = append(patches, patch)
	}
	return patches
}

func edited(t *testing.T, file txtar.File, patches []model.Patch) string {
	t.Helper()
	var object *snapshot.Object
	for _, change := range decodeAll(Text{File: file.Name, Data: file.Data, Editable: true}) {
		if change.Put != nil {
			object = change.Put // the last one
		}
	}
	if object == nil {
		t.Fatalf("%s holds no object", file.Name)
	}
	for i := range patches {
		patches[i].Object = object.Ref
	}
	edits, err := Edits(object.Origin.Doc, object.Origin.Line, file.Name, patches)
	if err != nil {
		return err.Error() + "\n"
	}
	after, err := Apply(file.Data, edits)
	if err != nil {
		t.Fatalf("%v: %+v", err, edits)
	}
	sameAsResolved(t, file.Data, after, object, patches)
	return difference(string(file.Data), string(after))
}

// sameAsResolved compares the object of the edited text with what
// Snapshot.Resolve makes of the patches. They are resolved on what is written:
// what follows from a field by default, such as imagePullPolicy from image, is not
// written, and follows the edit.
func sameAsResolved(t rapid.TB, before, after []byte, object *snapshot.Object, patches []model.Patch) {
	t.Helper()
	written, err := rawTree(object.Origin.Doc)
	if err != nil {
		t.Fatal(err)
	}
	plain := &snapshot.Object{Ref: object.Ref, Body: snapshot.JSON(written)}
	changes, err := snapshot.New(snapshot.Settings{}, snapshot.Change{Put: plain}).Resolve(patches...)
	if err != nil {
		t.Fatal(err)
	}
	want, err := changes[0].Put.Encode()
	if err != nil {
		t.Fatal(err)
	}
	decoder := NewDecoder("")
	var got *snapshot.Object
	decoder.Decode(Text{File: object.Origin.File, Data: after}, func(change snapshot.Change) {
		if change.Put != nil && (change.Put.ID == object.ID || change.Put.Origin.Line == object.Origin.Line) {
			got = change.Put
		}
	})
	if got == nil {
		t.Fatalf("the object is gone:\n%s", after)
	}
	raw, err := got.Encode()
	if err != nil {
		t.Fatal(err)
	}
	// Through the decoder once more, so that both have the defaults.
	if a, b := normal(t, decoder, object, want), normal(t, decoder, object, raw); a != b {
		t.Fatalf("patches %s\nresolved %s\nedited   %s\nfrom\n%s\nto\n%s", patchesText(patches), a, b, before, after)
	}
}

func normal(t rapid.TB, decoder *Decoder, object *snapshot.Object, raw []byte) string {
	t.Helper()
	text := string(raw)
	decoder.Decode(Text{File: object.Origin.File, Data: raw}, func(change snapshot.Change) {
		if change.Put != nil {
			if encoded, err := change.Put.Encode(); err == nil {
				var value any
				if err := json.Unmarshal(encoded, &value); err != nil {
					t.Fatal(err)
				}
				again, _ := json.Marshal(value)
				text = string(again)
			}
		}
	})
	return text
}

func patchesText(patches []model.Patch) string {
	var parts []string
	for _, patch := range patches {
		parts = append(parts, fmt.Sprintf("%s %s=%s", patch.Op, patch.Path, patch.Value))
	}
	return strings.Join(parts, "; ")
}

// difference lists the lines that differ, after what both texts start and end with.
func difference(before, after string) string {
	before, after = strings.ReplaceAll(before, "\r", "␍"), strings.ReplaceAll(after, "\r", "␍")
	a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var out strings.Builder
	for _, line := range a[start : len(a)-end] {
		fmt.Fprintf(&out, "-%s\n", strings.TrimSuffix(line, "\n"))
	}
	for _, line := range b[start : len(b)-end] {
		fmt.Fprintf(&out, "+%s\n", strings.TrimSuffix(line, "\n"))
	}
	return out.String()
}

func TestApplyRefuses(t *testing.T) {
	text := []byte("ab\ncd\n")
	edit := func(line, column, endLine, endColumn int) model.Edit {
		return model.Edit{StartLine: line, StartColumn: column, EndLine: endLine, EndColumn: endColumn, Text: "x"}
	}
	for name, edits := range map[string][]model.Edit{
		"line":    {edit(9, 1, 9, 1)},
		"column":  {edit(1, 4, 1, 4)},
		"order":   {edit(2, 1, 1, 1)},
		"zero":    {edit(0, 1, 1, 1)},
		"overlap": {edit(1, 1, 1, 3), edit(1, 2, 2, 1)},
	} {
		if out, err := Apply(text, edits); err == nil {
			t.Errorf("%s: %q", name, out)
		}
	}
	out, err := Apply([]byte("\ufeffé1\nb"), []model.Edit{edit(2, 1, 2, 2), edit(1, 2, 1, 3)})
	if err != nil || string(out) != "\ufefféx\nx" {
		t.Errorf("%q %v", out, err)
	}
}

// TestEditsProperty makes random patches of the documents of the corpus and
// demands that what can be edited in place says afterwards what Resolve says, and
// that no comment is lost outside of what was replaced.
func TestEditsProperty(t *testing.T) {
	for _, name := range []string{"generated", "kubernetes-goat", "online-boutique", "istio-bookinfo"} {
		t.Run(name, func(t *testing.T) {
			var texts []namedFile
			for _, file := range sortedKeys(corpus(t, name)) {
				if len(file.data) < 40_000 {
					texts = append(texts, file)
				}
			}
			tried, made := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				file := texts[rapid.IntRange(0, len(texts)-1).Draw(t, "file")]
				objects := editable(file)
				if len(objects) == 0 {
					t.Skip("no object")
				}
				object := objects[rapid.IntRange(0, len(objects)-1).Draw(t, "object")]
				patches := drawPatches(t, object)
				if _, err := snapshot.New(snapshot.Settings{}, snapshot.Change{Put: object}).Resolve(patches...); err != nil {
					t.Skip("no patch")
				}
				tried++
				edits, err := Edits(object.Origin.Doc, object.Origin.Line, file.path, patches)
				if errors.Is(err, ErrNotInPlace) {
					t.Logf("%s: %v", patchesText(patches), err)
					return
				}
				if err != nil {
					t.Fatalf("%s: %v", patchesText(patches), err)
				}
				made++
				after, err := Apply(file.data, edits)
				if err != nil {
					t.Fatal(err)
				}
				sameAsResolved(t, file.data, after, object, patches)
			})
			t.Logf("%d of %d could be edited", made, tried)
			if made*10 < tried*9 {
				t.Errorf("only %d of %d could be edited", made, tried)
			}
		})
	}
}

func editable(file namedFile) []*snapshot.Object {
	var objects []*snapshot.Object
	for _, change := range decodeAll(Text{File: file.path, Data: file.data, Editable: true}) {
		if change.Put != nil && change.Put.Origin.Doc != nil && change.Put.Kind != "Secret" {
			objects = append(objects, change.Put)
		}
	}
	return objects
}

// drawPatches draws one to three patches of fields that the text has, or that
// could stand beside them. Each follows from the text as the ones before left it.
func drawPatches(t *rapid.T, object *snapshot.Object) []model.Patch {
	var patches []model.Patch
	for range rapid.IntRange(1, 3).Draw(t, "count") {
		doc, err := tree(object.Origin.Doc)
		if err != nil {
			t.Skip(err)
		}
		// A typed object would lose fields that its type does not have.
		path, value := walkDown(t, doc, "")
		if path == "metadata" || path == "spec" {
			t.Skip("not without it")
		}
		patch := model.Patch{Object: object.Ref, Path: path, Op: rapid.SampledFrom([]model.Op{model.Set, model.Set, model.Remove, model.Add}).Draw(t, "op")}
		if _, isList := value.([]any); patch.Op == model.Add && !isList {
			patch.Op = model.Set
		}
		switch patch.Op {
		case model.Add:
			patch.Value = model.JSON(sibling(t, value))
		case model.Set:
			patch.Value = model.JSON(sibling(t, []any{value}))
		}
		patches = append(patches, patch)
	}
	return patches
}

// walkDown picks a field of a tree.
func walkDown(t *rapid.T, value any, path model.Path) (model.Path, any) {
	for {
		var paths []model.Path
		var values []any
		switch node := value.(type) {
		case map[string]any:
			for _, key := range sortedNames(node) {
				if path == "" && (key == "apiVersion" || key == "kind") || path == "metadata" && (key == "name" || key == "namespace") {
					continue
				}
				paths, values = append(paths, path.Child(key)), append(values, node[key])
			}
		case []any:
			for i := range node {
				paths, values = append(paths, path.Index(i)), append(values, node[i])
			}
		}
		if len(paths) == 0 || path != "" && path != "metadata" && path != "spec" && rapid.IntRange(0, 3).Draw(t, "stop") == 0 {
			return path, value
		}
		i := rapid.IntRange(0, len(paths)-1).Draw(t, "child")
		path, value = paths[i], values[i]
	}
}

func sortedNames(node map[string]any) []string {
	var names []string
	for _, file := range sortedKeys(func() map[string][]byte {
		m := map[string][]byte{}
		for name := range node {
			m[name] = nil
		}
		return m
	}()) {
		names = append(names, file.path)
	}
	return names
}

// sibling draws a value of the type of a list's first element.
func sibling(t *rapid.T, list any) any {
	elements, _ := list.([]any)
	if len(elements) == 0 {
		return "x"
	}
	switch element := elements[0].(type) {
	case string:
		return rapid.SampledFrom([]string{element, "x", "y", "1", "a: b", "a b", "#c", "", "-", "don't", "line\nbreak", "é", "{}", "*a", "~", "0x1"}).Draw(t, "text")
	case bool:
		return !element
	case json.Number:
		return 7
	default:
		return element
	}
}
