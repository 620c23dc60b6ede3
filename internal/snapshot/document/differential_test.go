package document

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// corpus returns the YAML files below a folder of shared/corpus, or generated
// manifests for "generated".
func corpus(t testing.TB, name string) map[string][]byte {
	t.Helper()
	dir := "../../../../shared/corpus/" + name
	if name == "generated" {
		dir = filepath.Join(t.TempDir(), "corpus")
		command := exec.Command("go", "run", "./tools/corpus", "-n", "300", "-dir", dir)
		command.Dir = "../../.."
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("tools/corpus does not run: %v\n%s", err, out)
		}
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is missing: the public applications of ../shared/corpus are needed", dir)
	}
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") || strings.Contains(path, "/templates/") {
			return err
		}
		files[path], err = os.ReadFile(path)
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

// TestAgreesWithTheAPI compares what is decoded with what the libraries of the
// API server make of the same document, from YAML and from JSON.
func TestAgreesWithTheAPI(t *testing.T) {
	for _, name := range []string{"argo-cd", "istio-bookinfo", "kubernetes-goat", "online-boutique", "generated"} {
		t.Run(name, func(t *testing.T) {
			decoder, compared := NewDecoder(""), 0
			for path, data := range corpus(t, name) {
				for _, part := range split(data) {
					if agrees(t, decoder, path, part.data) {
						compared++
					}
				}
			}
			if compared == 0 {
				t.Error("nothing was compared")
			}
			t.Logf("%d documents", compared)
		})
	}
}

// agrees compares one document and reports whether it holds an object.
func agrees(t *testing.T, decoder *Decoder, path string, data []byte) bool {
	t.Helper()
	raw, err := sigsyaml.YAMLToJSON(data)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return false
	}
	fromYAML, fromJSON := decodeOne(t, decoder, data), decodeOne(t, decoder, raw)
	if fromYAML == nil || fromJSON == nil {
		return false
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	for _, object := range []*snapshot.Object{fromYAML, fromJSON, decodeOne(t, decoder, indented.Bytes())} {
		info := decoder.Kinds.Find(object.Group, object.Kind)
		if info == nil {
			sameJSON(t, path, raw, object)
			continue
		}
		goType, _ := info.Type(object.Version)
		want := reflect.New(goType)
		strict, err := kjson.UnmarshalStrict(raw, want.Interface())
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if meta, ok := want.Interface().(metav1.Object); ok && info.Namespaced && meta.GetNamespace() == "" {
			meta.SetNamespace("default")
		}
		kinds.Default(want.Interface())
		if a, b := encode(t, want.Interface()), encode(t, object.Body); a != b {
			t.Errorf("%s: %s\nAPI  %s\nours %s", path, object.ID, a, b)
		}
		if len(strict) != len(object.Origin.Unknown) {
			t.Errorf("%s: %s: unknown fields are %v, to the API %v", path, object.ID, object.Origin.Unknown, strict)
		}
	}
	return true
}

func encode(t *testing.T, object any) string {
	t.Helper()
	raw, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func sameJSON(t *testing.T, path string, raw []byte, object *snapshot.Object) {
	t.Helper()
	body, err := object.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%s: %s\nAPI  %s\nours %s", path, object.ID, raw, body)
	}
}

// decodeOne decodes a text that holds one object, or none.
func decodeOne(t *testing.T, decoder *Decoder, data []byte) *snapshot.Object {
	t.Helper()
	var objects []*snapshot.Object
	decoder.Decode(Text{File: "f", Data: data}, func(change snapshot.Change) {
		if change.Put != nil {
			objects = append(objects, change.Put)
		}
		if change.Gap != nil && !change.Gap.Skipped {
			t.Errorf("gap %+v in\n%.300s", *change.Gap, data)
		}
	})
	if len(objects) == 0 {
		return nil
	}
	if len(objects) > 1 {
		t.Errorf("%d objects in one document", len(objects))
	}
	return objects[0]
}

// TestListsAreReadItemByItem compares a List of all documents with the documents.
func TestListsAreReadItemByItem(t *testing.T) {
	decoder := NewDecoder("")
	var list bytes.Buffer
	list.WriteString("apiVersion: v1\nitems:\n")
	var want []string
	for _, path := range sortedKeys(corpus(t, "generated")) {
		for _, part := range split(path.data) {
			object := decodeOne(t, decoder, part.data)
			want = append(want, object.ID.String()+encode(t, object.Body))
			for i, line := range numbered(bytes.TrimPrefix(part.data, []byte("---\n"))) {
				if len(bytes.TrimSpace(line)) == 0 {
					list.WriteString("\n")
				} else if i == 1 {
					list.WriteString("-\n  " + string(line))
				} else {
					list.WriteString("  " + string(line))
				}
			}
		}
	}
	list.WriteString("kind: List\n")
	var got []string
	decoder.Decode(Text{File: "f", Data: list.Bytes(), Editable: true}, func(change snapshot.Change) {
		if change.Put == nil {
			t.Fatalf("gap %+v", *change.Gap)
		}
		if change.Put.Kind != "Secret" && !bytes.HasPrefix(change.Put.Origin.Doc, []byte("-")) {
			t.Fatalf("%s: text %q", change.Put.ID, change.Put.Origin.Doc)
		}
		got = append(got, change.Put.ID.String()+encode(t, change.Put.Body))
	})
	if !slices.Equal(got, want) {
		t.Errorf("%d objects, want %d", len(got), len(want))
	}
}

type namedFile struct {
	path string
	data []byte
}

func sortedKeys(files map[string][]byte) []namedFile {
	var all []namedFile
	for path, data := range files {
		all = append(all, namedFile{path, data})
	}
	slices.SortFunc(all, func(a, b namedFile) int { return strings.Compare(a.path, b.path) })
	return all
}
