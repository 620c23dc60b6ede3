package document

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// sameAsWhole demands that an Editor gives what the proof on the whole text gives.
func sameAsWhole(t rapid.TB, e *Editor, object *snapshot.Object, patches []model.Patch) {
	t.Helper()
	want, wantErr := wholeEdits(object.Origin.Doc, object.Origin.Line, object.Origin.File, patches)
	got, err := e.Edits(patches)
	if !reflect.DeepEqual(got, want) || (err == nil) != (wantErr == nil) || errors.Is(err, ErrNotInPlace) != errors.Is(wantErr, ErrNotInPlace) {
		t.Fatalf("%s\ngot  %+v, %v\nwant %+v, %v\nof\n%s", patchesText(patches), got, err, want, wantErr, object.Origin.Doc)
	}
}

// Patches are drawn one after the other for the same Editor. Those that a file has at
// once are tried one by one too: most fixes have one.
func TestLocalEditsAreWholeEdits(t *testing.T) {
	for _, name := range []string{"generated", "kubernetes-goat", "online-boutique", "istio-bookinfo"} {
		t.Run(name, func(t *testing.T) {
			var texts []namedFile
			for _, file := range sortedKeys(corpus(t, name)) {
				if len(file.data) < 40_000 {
					texts = append(texts, file)
				}
			}
			tried, local := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				file := texts[rapid.IntRange(0, len(texts)-1).Draw(t, "file")]
				objects := editable(file)
				if len(objects) == 0 {
					t.Skip("no object")
				}
				object := objects[rapid.IntRange(0, len(objects)-1).Draw(t, "object")]
				e := NewEditor(object.Origin.Doc, object.Origin.Line, object.Origin.File)
				patches := drawPatches(t, object)
				sameAsWhole(t, e, object, patches)
				for _, patch := range patches {
					sameAsWhole(t, e, object, []model.Patch{patch})
					if _, err := wholeEdits(e.doc, e.line, e.file, []model.Patch{patch}); err == nil {
						tried++
						if _, ok := e.local(patch); ok {
							local++
						}
					}
				}
			})
			t.Logf("%d of %d were proved locally", local, tried)
			if local*10 < tried*8 {
				t.Errorf("only %d of %d were proved locally", local, tried)
			}
		})
	}
}

// The cases of testdata/edit.txtar are the odd ones.
func TestLocalEditsOfOddTexts(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/edit.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var object *snapshot.Object
	var e *Editor
	for _, section := range archive.Files {
		if name, ok := strings.CutPrefix(section.Name, "file "); ok {
			object = nil
			for _, change := range decodeAll(Text{File: name, Data: unescape(t, section), Editable: true}) {
				if change.Put != nil {
					object = change.Put
				}
			}
			e = NewEditor(object.Origin.Doc, object.Origin.Line, object.Origin.File)
			continue
		}
		patches := parsePatches(t, section.Name)
		for i := range patches {
			patches[i].Object = object.Ref
		}
		sameAsWhole(t, e, object, patches)
		for _, patch := range patches {
			sameAsWhole(t, e, object, []model.Patch{patch})
		}
	}
}

// A change that is wrong is not proved, whatever it breaks: the proof rests on
// nothing that the editor believes.
func TestWrongChangesAreNotProved(t *testing.T) {
	doc := []byte("a:\n  b: 1\n  c: x\nd:\n- e: 2\n  f: y\n- g: z\n")
	for name, test := range map[string]struct {
		path string
		at   string // what the change replaces
		text string
		ok   bool
	}{
		"right":            {"a.c", "x", "true", true},
		"right in a list":  {"d[0].f", "y", "true", true},
		"other value":      {"a.c", "x", "false", false},
		"other field":      {"a.c", "1", "true", false},
		"open quote":       {"a.c", "x", "\"true", false},
		"open bracket":     {"a.c", "x", "[true", false},
		"second key":       {"a.c", "x", "true\n  c: true", false},
		"sibling":          {"a.c", "x", "true\n  h: true", false},
		"outer sibling":    {"a.c", "x", "true\nh: true", false},
		"anchor":           {"a.c", "x", "&x true", false},
		"tag":              {"a.c", "x", "!!bool true", false},
		"document":         {"a.c", "x", "true\n---", false},
		"end of document":  {"a.c", "x", "true\n...", false},
		"no line end":      {"a.c", "x\n", "true ", false},
		"second item":      {"d[0].f", "y", "true\n- h: 1", false},
		"moved":            {"d[0].f", "f: y", "  f: true", false},
		"item of a parent": {"d[0].f", "y\n", "true\n-", false},
	} {
		e, err := newEditor(doc)
		if err != nil {
			t.Fatal(err)
		}
		at := strings.Index(string(doc), test.at)
		e.changes = []change{{start: at, end: at + len(test.at), text: test.text}}
		patch := model.Patch{Path: model.Path(test.path), Op: model.Set, Value: model.JSON(true)}
		segments, err := patch.Path.Segments()
		if err != nil {
			t.Fatal(err)
		}
		if ok := e.proved(patch, segments); ok != test.ok {
			t.Errorf("%s: proved is %t", name, ok)
		}
	}
}

// isPlain is this expression, which would be compiled for every value.
func TestIsPlainIsTheExpression(t *testing.T) {
	expression := regexp.MustCompile(`^[A-Za-z0-9_./]([A-Za-z0-9_./@+=%^~()-]|:[A-Za-z0-9_./]| [A-Za-z0-9_./(])*$`)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.SampledFrom([]rune("aZ0_./@+=%^~()-: \"'#é\n"))).Draw(t, "value")
		meant, _ := typed(value)
		if want := meant == text && len(value) <= 200 && expression.MatchString(value); isPlain(value) != want {
			t.Errorf("isPlain(%q) is %t", value, !want)
		}
	})
}
