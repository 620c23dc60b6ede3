package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"
)

// The document keeps to its schema whatever the ways in are: the fixtures of the
// analysis have one of each.
func TestExposureKeepsToItsSchema(t *testing.T) {
	const name = "net-exposure.schema.json"
	compiled := answerSchema(t, name)
	archives, err := filepath.Glob("../analysis/exposure/testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal(err)
	}
	const policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/25}}]}]}\n"
	for _, archive := range archives {
		parsed, err := txtar.ParseFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		for _, f := range parsed.Files {
			if filepath.Ext(f.Name) == ".yaml" {
				text.WriteString("---\n")
				text.Write(f.Data)
			}
		}
		for suffix, with := range map[string]string{"plain": "", "guarded": "---\n" + policy} {
			file := filepath.Join(t.TempDir(), suffix+".yaml")
			if err := os.WriteFile(file, append(text.Bytes(), with...), 0o600); err != nil {
				t.Fatal(err)
			}
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(ran(t, "net", "exposure", "-f", file, "-o", "json")))
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(document); err != nil {
				t.Errorf("%s, %s: %v", archive, suffix, err)
			}
		}
	}
	closed(t, name)
}
