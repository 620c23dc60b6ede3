package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const references = "../../docs/reference/"

func answerSchema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	files := []string{"scan-result.schema.json", "rbac-grants.schema.json", "net-list.schema.json", "net-mtls.schema.json"} // what the others refer to
	if !slices.Contains(files, name) {
		files = append(files, name)
	}
	for _, file := range files {
		data, err := os.ReadFile(references + file)
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource("https://holdfast.dev/schema/v1/"+file, document); err != nil {
			t.Fatal(err)
		}
	}
	compiled, err := compiler.Compile("https://holdfast.dev/schema/v1/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// ran is what the program writes to standard output.
func ran(t *testing.T, args ...string) []byte {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	var out, problems bytes.Buffer
	Main(t.Context(), Build{}, Streams{In: strings.NewReader(""), Out: &out, Err: &problems}, args)
	if out.Len() == 0 {
		t.Fatalf("%v wrote nothing: %s", args, problems.String())
	}
	return out.Bytes()
}

// The documents of the questions keep to their schemas, in which nothing is left open.
func TestAnswersKeepToTheirSchemas(t *testing.T) {
	const shop, hardened = "../../examples/shop/access.yaml", "../../examples/shop-hardened/access.yaml"
	empty := filepath.Join(t.TempDir(), "empty.yaml")
	if err := os.WriteFile(empty, []byte("kind: Role\nmetadata: {name: web: x}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, questions := range map[string][][]string{
		"rbac-access.schema.json": {
			{"can", "sa:shop/default", "get", "secrets", "-n", "shop", "-f", shop}, {"can", "user:jane", "delete", "nodes/status", "n1", "-f", shop},
			{"can", "group:system:masters", "get", "/healthz", "-f", shop}, {"can", "user:jane", "get", "pods", "-f", empty},
			{"can", "user:system:node:n1", "get", "nodes", "n1", "-f", shop},
		},
		"rbac-grants.schema.json":      {{"who-can", "get", "pods/exec", "-f", shop}, {"who-can", "get", "/version", "-f", shop}, {"who-can", "create", "csr", "-f", shop}, {"who-can", "get", "pods", "-f", empty}},
		"rbac-rights.schema.json":      {{"effective", "sa:shop/default", "-f", shop}, {"effective", "group:shop-on-call", "-f", hardened}, {"effective", "user:x", "-f", empty}},
		"rbac-escalations.schema.json": {{"escalations", "-f", "../../examples/shop"}, {"escalations", "sa:shop/web", "-f", shop, "--system"}, {"escalations", "-f", empty}},
		"rbac-diff.schema.json":        {{"diff", shop, hardened}, {"diff", shop, shop}, {"diff", shop, empty}},
	} {
		compiled := answerSchema(t, name)
		for _, question := range questions {
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(ran(t, append(append([]string{"rbac"}, question...), "-o", "json")...)))
			if err != nil {
				t.Fatalf("%v: %v", question, err)
			}
			if err := compiled.Validate(document); err != nil {
				t.Errorf("%v: %v", question, err)
			}
		}
		closed(t, name)
	}
}

// closed demands that every object of a schema names all its members.
func closed(t *testing.T, name string) {
	data, err := os.ReadFile(references + name)
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			if v["type"] == "object" && v["additionalProperties"] != false {
				t.Errorf("%s%s takes any member", name, path)
			}
			for key, child := range v {
				walk(path+"/"+key, child)
			}
		case []any:
			for _, child := range v {
				walk(path+"/*", child)
			}
		}
	}
	walk("", document)
}
