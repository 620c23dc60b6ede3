package manifest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// execute runs a template as Helm does, with a few functions.
func execute(t testing.TB, text string) (out string, parsed bool, err error) {
	t.Helper()
	box := &sandbox{done: make(chan struct{})}
	funcs := box.functions()
	root := template.New("x").Funcs(funcs)
	calls := 0
	root.Funcs(template.FuncMap{"include": func(name string, data any) (string, error) {
		if calls++; calls > 100 {
			return "", errEndless
		}
		var b strings.Builder
		err := root.ExecuteTemplate(&b, name, data)
		return b.String(), err
	}})
	if _, err := root.Parse(text); err != nil {
		return "", false, err
	}
	var b strings.Builder
	err = root.Execute(&b, map[string]any{"a": "value", "list": []any{1, 2, 3}, "no": false, "lines": "one\ntwo"})
	return b.String(), true, err
}

// sameOutput demands that the instrumented forms of a template do what it does.
func sameOutput(t testing.TB, text string) {
	t.Helper()
	if strings.Contains(text, markStart) || strings.Contains(text, "holdfast") {
		return
	}
	want, parsed, err := execute(t, text)
	if !parsed {
		return
	}
	for name, changed := range map[string]string{"guarded": guarded(text), "marked": marked(text, 7), "both": guarded(marked(text, 7))} {
		got, parsed, errChanged := execute(t, changed)
		if !parsed {
			t.Fatalf("%s: %v\n%q\n%q", name, errChanged, text, changed)
		}
		got = regexp.MustCompile(markStart+`\d+:\d+`+markEnd).ReplaceAllString(got, "")
		if (err == nil) != (errChanged == nil) || err == nil && got != want {
			t.Fatalf("%s: %v and %v\n%q\n%q\ngives %q\nnot   %q", name, err, errChanged, text, changed, got, want)
		}
	}
}

func seeds() []string {
	return []string{
		"a: b\n", "{{ .a }}\n", "  {{- .a -}}  \nx", "x {{- /* c }} */ -}} y\nz", "{{/* a\nb */}}\nx: {{ \"}}\" }}\n", "{{ `}}\n` }}\n{{ '}' }}",
		"{{ range .list }}\n- {{ . }}\n{{ end }}\n", "{{- range .list }}\n- {{ . }}\n{{- end }}\n", "{{ range .list -}} {{ . }} {{- end }}", "{{ range .no }}{{ else }}x{{ end }}",
		"{{ define \"d\" }}\n x\n{{ end }}{{ include \"d\" . }}\n", "{{- define \"d\" -}}\nx\n{{- end -}}\n{{ template \"d\" . }}\n", "{{ block \"b\" . }} y {{ end }}\n",
		"{{ if .no }}a{{ else if .a }}\nb\n{{ else }}c{{ end }}\n", "{{ with .a }}{{ . }}{{ end }}", "{{ $x := .a }}\n{{ $x = \"b\" }}{{ $x }}\n", "{{ range $i, $e := .list }}{{ $i }}{{ break }}{{ end }}\n",
		"{{ .lines | indent 2 }}\nend: x", "a:{{ .lines }}b\n\n\n{{ .a }}", "{{- \"x\" -}}\n\n{{- \"y\" -}}", "{", "{{", "}}", "{{ end }}", "{{ range .list }}{{ define \"q\" }}{{ end }}{{ end }}",
		"{{ if .a }}\r\nx\r\n{{ end }}\r\n", "{{-.a}}", "{{ .a -}}\n", "{{- 3 -}} - {{ 3 }}", "{{\n.a\n}}\nx: {{ .a\n}}\n", "{{ define \"d\" }}{{ range .list }}{{ . }}{{ end }}{{ end }}{{ include \"d\" . }}",
	}
}

func TestInstrumentedTemplatesDoTheSame(t *testing.T) {
	for _, text := range seeds() {
		sameOutput(t, text)
	}
	for _, text := range corpusTemplates(t) {
		if actions, ok := scanActions(text); !ok || len(actions) == 0 {
			t.Errorf("not scanned: %.80q", text)
		}
	}
}

// FuzzTemplateText demands the same of any text that Go takes for a template.
func FuzzTemplateText(f *testing.F) {
	for _, text := range seeds() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 4000 {
			sameOutput(t, text)
		}
		if kept := definitionsOnly(text); strings.Count(kept, "\n") > strings.Count(text, "\n") {
			t.Errorf("lines are added: %q", kept)
		}
	})
}

func corpusTemplates(t testing.TB) map[string]string {
	t.Helper()
	if _, err := os.Stat(shared + "/corpus"); err != nil {
		t.Skip("../shared/corpus is missing: the public applications are needed")
	}
	texts := map[string]string{}
	for _, chart := range []string{"/corpus/online-boutique/helm-chart", "/corpus/kubernetes-goat/scenarios/metadata-db"} {
		entries, err := os.ReadDir(shared + chart + "/templates")
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if !entry.IsDir() && strings.HasSuffix(entry.Name(), ".yaml") {
				path := shared + chart + "/templates/" + entry.Name()
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				texts[path] = string(data)
			}
		}
	}
	return texts
}

// TestLinesOfPublicCharts demands of each field that public charts render that its
// key, or the action that writes it, stands in the line that is named.
func TestLinesOfPublicCharts(t *testing.T) {
	texts := corpusTemplates(t)
	exact, all := 0, 0
	for _, chart := range []string{"/corpus/online-boutique/helm-chart", "/corpus/kubernetes-goat/scenarios/metadata-db"} {
		for _, change := range read(t, Options{Paths: []string{shared + chart}, KubernetesVersion: "1.36", Set: []string{"networkPolicies.create=true", "sidecars.create=true", "authorizationPolicies.create=true", "opentelemetryCollector.create=true", "ingress.enabled=true"}}) {
			if change.Put == nil {
				t.Errorf("%s", describeChange(change))
				continue
			}
			object := change.Put
			lines := strings.Split(texts[object.Origin.File], "\n")
			raw, err := object.Encode()
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range leaves(t, raw) {
				line, written := lineOf(object.Origin.Lines, path)
				if !written || texts[object.Origin.File] == "" {
					continue
				}
				segments, err := path.Segments()
				if err != nil {
					t.Fatal(err)
				}
				all++
				key := segments[len(segments)-1].Key
				if line > 0 && strings.Contains(lines[line-1], key) {
					exact++
				} else if line == 0 || !strings.Contains(lines[line-1], "{{") {
					t.Errorf("%s: %s:%d %s", object.ID, object.Origin.File, line, path)
				}
			}
		}
	}
	t.Logf("%d of %d fields stand in the line that is named, the others are written by an action there", exact, all)
	if all < 1000 || exact*100 < all*95 {
		t.Errorf("%d of %d", exact, all)
	}
}

// lineOf finds the line of a path itself, not of the fields around it.
func lineOf(lines snapshot.Lines, path model.Path) (int, bool) {
	segments, err := path.Segments()
	if err != nil {
		return 0, false
	}
	hash := snapshot.RootPath
	for _, segment := range segments {
		if segment.Index >= 0 {
			hash = hash.Index(segment.Index)
		} else {
			hash = hash.Child(segment.Key)
		}
	}
	i := slices.IndexFunc(lines, func(field snapshot.FieldLine) bool { return field.Path == hash })
	if i < 0 {
		return 0, false
	}
	return int(lines[i].Line), true
}
