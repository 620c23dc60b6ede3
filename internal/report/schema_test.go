package report

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // keeps the module that carries the schema of SARIF
	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
)

const schemaFile = "../../docs/reference/scan-result.schema.json"

// scans is every shape of scan that the formats are tried with.
func scans() map[string]Scan {
	return map[string]Scan{"sample": sample(), "empty": empty(), "hostile": hostileScan(), "timed": timed(), "framed": framed(), "large": large(500)}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiled, err := compiler.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func decode(t *testing.T, document []byte) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatalf("not JSON: %v", err)
	}
	return value
}

func TestJSONKeepsToItsSchema(t *testing.T) {
	compiled := schema(t)
	for name, scan := range scans() {
		if err := compiled.Validate(decode(t, render(t, JSON, scan, Options{}))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every object of the schema is closed and every property described or typed, so
// that a misspelt or new member fails the test above.
func TestSchemaIsStrict(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
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
				t.Errorf("%s takes any member", path)
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
	compiled := schema(t)
	for _, broken := range []string{
		`"kind":"ScanResult","surprise":1`,
		`"kind":"Other"`,
	} {
		document := strings.Replace(string(render(t, JSON, sample(), Options{})), `"kind":"ScanResult"`, broken, 1)
		if compiled.Validate(decode(t, []byte(document))) == nil {
			t.Errorf("the schema takes %s", broken)
		}
	}
}

func TestEmptyListsAreNotNull(t *testing.T) {
	scan := sample()
	scan.Result.Findings[0].Evidence, scan.Result.Findings[0].Fixes = nil, nil
	scan.Result.Paths = append(scan.Result.Paths, model.AttackPath{Steps: []model.Step{{}}})
	for name, s := range map[string]Scan{"empty": empty(), "sample": scan} {
		if document := render(t, JSON, s, Options{}); bytes.Contains(document, []byte("null")) {
			t.Errorf("%s: null in %s", name, document)
		}
	}
}

func TestYAMLIsTheSameDocument(t *testing.T) {
	for name, scan := range scans() {
		converted, err := yaml.YAMLToJSONStrict(render(t, YAML, scan, Options{}))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want, got := decode(t, render(t, JSON, scan, Options{})), decode(t, converted)
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s: yaml and json differ", name)
		}
	}
}

func TestYAMLWordsStayText(t *testing.T) {
	for _, word := range []string{"y", "No", "ON", "null", "~", "1_000", "0x1f", "1e5", "012", ".inf", "NaN", "2026-11-20", "12:30:45", "a: b", "a #b", "- a", "?", "", " a", "a ", "=", "<<", "*a", "&a", "!a", "|", "%", "@", "`", "true", "a\nb", "a,b", "x[0]", "é", "\U0001f600", "\U000e0041"} {
		scan := empty()
		scan.Result.Findings = []model.Finding{{Control: "c", Message: word}}
		var document struct {
			Findings []struct{ Message any }
		}
		out := render(t, YAML, scan, Options{})
		if err := yaml.Unmarshal(out, &document); err != nil {
			t.Errorf("%q: %v\n%s", word, err, out)
		} else if document.Findings[0].Message != word {
			t.Errorf("%q became %#v", word, document.Findings[0].Message)
		}
	}
}

func TestPatchValuesSurvive(t *testing.T) {
	for _, value := range []string{`"😀"`, `"\ud83d\ude00"`, `{"a":[1,2.5,{"b":null}],"c":"<x>\u001b"}`, `[]`, `12345678901234567890`, `"` + "\x7f‮" + `"`} {
		scan := empty()
		scan.Result.Findings = []model.Finding{{Control: "c", Fixes: []model.Fix{{Patches: []model.Patch{{Value: json.RawMessage(value)}}}}}}
		find := func(document []byte) any {
			root := decode(t, document).(map[string]any)
			finding := root["findings"].([]any)[0].(map[string]any)
			fix := finding["fixes"].([]any)[0].(map[string]any)
			return fix["patches"].([]any)[0].(map[string]any)["value"]
		}
		want := decode(t, []byte(value))
		if got := find(render(t, JSON, scan, Options{})); !reflect.DeepEqual(got, want) {
			t.Errorf("json: %s became %#v", value, got)
		}
		converted, err := yaml.YAMLToJSON(render(t, YAML, scan, Options{}))
		if err != nil {
			t.Errorf("yaml: %s: %v", value, err)
		} else if got := find(converted); value != "12345678901234567890" && !reflect.DeepEqual(got, want) {
			t.Errorf("yaml: %s became %#v", value, got)
		}
	}
}

func TestSARIFKeepsToItsSchema(t *testing.T) {
	compiled := sarifSchemaOfOASIS(t)
	for name, scan := range scans() {
		for _, root := range []string{"", "/src/my shop"} {
			scan.Root = root
			if err := compiled.Validate(decode(t, render(t, SARIF, scan, Options{}))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if compiled.Validate(decode(t, []byte(`{"version":"2.1.0","runs":[{"tool":{"driver":{}}}]}`))) == nil {
		t.Error("the schema takes a driver without a name")
	}
}

// sarifSchemaOfOASIS is the official schema (errata 01). The go-sarif module
// carries it as a constant that it does not export, and its own check runs over
// its own structs, which lose what they do not know; so the constant is read from
// its source.
func sarifSchemaOfOASIS(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	source, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constant, ok := source.Scope.Lookup("schema").Decl.(*ast.ValueSpec)
	if !ok {
		t.Fatal("go-sarif has no constant named schema")
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(sarifSchema, decode(t, []byte(text(t, constant.Values[0])))); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(sarifSchema)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// text is the value of a constant made of literals and plus signs.
func text(t *testing.T, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return text(t, e.X) + text(t, e.Y)
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err == nil {
			return s
		}
	}
	t.Fatalf("no constant text: %T", e)
	return ""
}
