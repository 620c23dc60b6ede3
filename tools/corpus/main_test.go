package main

import (
	"bytes"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
	kubeyaml "sigs.k8s.io/yaml"
)

func collect(t testing.TB, o Options) []document {
	t.Helper()
	var all []document
	if err := produce(o, func(docs []document) error {
		all = append(all, docs...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// strict decodes as an API server with strict field validation does.
func strict() runtime.Decoder {
	return json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, json.SerializerOptions{Yaml: true, Strict: true})
}

func kindOf(d document) schema.GroupVersionKind {
	for line := range strings.SplitSeq(string(d.text), "\n") {
		if v, ok := strings.CutPrefix(line, "apiVersion: "); ok {
			return schema.FromAPIVersionAndKind(v, d.kind)
		}
	}
	return schema.GroupVersionKind{}
}

func TestSameSeedSameBytes(t *testing.T) {
	o := Options{Seed: 7, Manifests: 600, Broken: 5}
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	for _, dir := range []string{one, two} {
		total, err := Generate(dir, 3, o)
		if err != nil || total.Documents != 600 {
			t.Fatalf("wrote %d documents, %v", total.Documents, err)
		}
	}
	if first, second := tree(t, one), tree(t, two); first != second {
		t.Error("the same seed gave different bytes")
	}
	if _, err := Generate(one, 3, o); err == nil {
		t.Error("wrote into a folder that is not empty")
	}
	o.Seed++
	if bytes.Equal(join(collect(t, o)), join(collect(t, Options{Seed: 7, Manifests: 600, Broken: 5}))) {
		t.Error("another seed gave the same bytes")
	}
}

func tree(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out.WriteString(rel + "\n" + string(data))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestMix(t *testing.T) {
	for _, n := range []int{0, 1, 10, 49, 50, 1234, 10000} {
		docs := collect(t, Options{Seed: 1, Manifests: n})
		if len(docs) != n {
			t.Errorf("%d documents, want %d", len(docs), n)
		}
		if n != 10000 {
			continue
		}
		count, workloads, good, size := map[string]int{}, 0, 0, 0
		for _, d := range docs {
			count[d.kind]++
			size += len(d.text)
			if slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"}, d.kind) {
				workloads++
				if d.good {
					good++
				}
			}
		}
		if c := count["Deployment"]; c < 3200 || c > 3600 || count["Namespace"] != 200 || count["Service"] < 1200 {
			t.Errorf("the mix is %v", count)
		}
		if share := float64(good) / float64(workloads); share < 0.45 || share > 0.55 {
			t.Errorf("%.2f of the workloads are good, want about half", share)
		}
		if mean := size / n; mean < 1200 || mean > 1500 {
			t.Errorf("the mean document has %d bytes", mean)
		}
	}
}

// TestDecodes reads every document as a server of its version would, and finds
// each object once.
func TestDecodes(t *testing.T) {
	decoder, seen, paths := strict(), map[string]bool{}, map[string]bool{}
	for _, d := range collect(t, Options{Seed: 3, Manifests: 5000}) {
		id := d.kind + " " + d.namespace + "/" + d.name
		if seen[id] || paths[d.path()] {
			t.Errorf("%s is there twice", id)
		}
		seen[id], paths[d.path()] = true, true
		gvk := kindOf(d)
		if !scheme.Scheme.Recognizes(gvk) {
			if gvk.Group != customGroup && gvk.Group != "apiextensions.k8s.io" && !strings.HasPrefix(gvk.Version, "v2beta") {
				t.Errorf("%s: unknown kind %s", id, gvk)
			}
			var any map[string]any
			if err := yaml.Unmarshal(d.text, &any); err != nil {
				t.Errorf("%s: %v", id, err)
			}
			continue
		}
		if _, _, err := decoder.Decode(d.text, nil, nil); err != nil {
			t.Errorf("%s: %v\n%s", id, err, d.text)
		}
	}
}

func TestBrokenIsBroken(t *testing.T) {
	decoder := strict()
	whole := collect(t, Options{Seed: 3, Manifests: 2000})
	broken := 0
	for i, d := range collect(t, Options{Seed: 3, Manifests: 2000, Broken: 20}) {
		if !d.broken {
			if !bytes.Equal(d.text, whole[i].text) {
				t.Errorf("%s %s was changed", d.kind, d.name)
			}
			continue
		}
		broken++
		if !scheme.Scheme.Recognizes(kindOf(d)) {
			continue
		}
		if _, _, err := decoder.Decode(d.text, nil, nil); err == nil {
			t.Errorf("still decodes:\n%s", d.text)
		}
	}
	if broken < 300 || broken > 500 {
		t.Errorf("%d of 2000 are broken, want about 400", broken)
	}
}

// TestGoodReferences follows the references of the good workloads.
func TestGoodReferences(t *testing.T) {
	docs := collect(t, Options{Seed: 5, Manifests: 3000})
	known := map[string]bool{}
	for _, d := range docs {
		known[d.kind+" "+d.namespace+"/"+d.name] = true
	}
	kinds := map[string]string{"configMapRef": "ConfigMap", "configMapKeyRef": "ConfigMap", "configMap": "ConfigMap",
		"secretRef": "Secret", "secretKeyRef": "Secret", "secret": "Secret", "persistentVolumeClaim": "PersistentVolumeClaim"}
	followed := 0
	for _, d := range docs {
		if !d.good || !slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"}, d.kind) {
			continue
		}
		var node yaml.Node
		if err := yaml.Unmarshal(d.text, &node); err != nil {
			t.Fatal(err)
		}
		walk(&node, func(key string, value *yaml.Node) {
			kind, name := kinds[key], child(value, "name")+child(value, "secretName")+child(value, "claimName")
			if key == "serviceAccountName" {
				kind, name = "ServiceAccount", value.Value
			}
			if kind == "" {
				return
			}
			followed++
			if !known[kind+" "+d.namespace+"/"+name] {
				t.Errorf("%s %s/%s refers to %s %q, which is not there", d.kind, d.namespace, d.name, kind, name)
			}
		})
	}
	if followed < 500 {
		t.Errorf("only %d references", followed)
	}
}

func walk(n *yaml.Node, visit func(key string, value *yaml.Node)) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			visit(n.Content[i].Value, n.Content[i+1])
		}
	}
	for _, c := range n.Content {
		walk(c, visit)
	}
}

func child(n *yaml.Node, key string) string {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1].Value
		}
	}
	return ""
}

func TestStream(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-cluster", "-n", "500", "-pods", "300"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	docs := strings.Split(strings.TrimPrefix(out.String(), "---\n"), "\n---\n")
	decoder, count, last := strict(), map[string]int{}, ""
	for _, text := range docs {
		_, gvk, err := decoder.Decode([]byte(text), nil, nil)
		if err != nil && !runtime.IsNotRegisteredError(err) {
			t.Fatalf("%v:\n%s", err, text)
		}
		if gvk.Kind == "Namespace" && last != "" && last != "Namespace" {
			t.Error("a Namespace comes after a", last)
		}
		if strings.Contains(gvk.Version, "beta") {
			t.Error("an old version:", gvk)
		}
		last = gvk.Kind
		count[gvk.Kind]++
	}
	if count["Pod"] < 300 || count["ReplicaSet"] == 0 || count["Namespace"] != 10 {
		t.Errorf("the stream holds %v", count)
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{}, {"-n", "5"}, {"-dir", "x", "-cluster"}, {"-dir", "x", "-pods", "3"}, {"-cluster", "-broken", "3"},
		{"-dir", "x", "-broken", "101"}, {"-dir", "x", "-per-file", "0"}, {"-dir", "x", "y"}} {
		if err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}

// TestScalars writes strings and reads them back by the rules of YAML 1.1, as
// an API server does.
func TestScalars(t *testing.T) {
	for _, s := range []string{"y", "N", "on", "1e3", "0x1F", "1_000", "22:30", "2024-11-01", "", "null", "~", "a: b", "a #b", "-x", "*",
		"@daily", "*/5 * * * *", "100m", "1Gi", "say \"no\"", `back\slash`, "it's", " lead", "http://a.b:80/c", "a:", ".5", "+1", "%x"} {
		for _, single := range []bool{false, true} {
			p := page{single: single}
			p.mapping(mapping{{key: "key", value: s}}, 0)
			decoded := map[string]any{}
			if err := kubeyaml.Unmarshal(p.Bytes(), &decoded); err != nil {
				t.Errorf("%q: %v", s, err)
			} else if decoded["key"] != s {
				t.Errorf("%q was read as %#v of %s", s, decoded["key"], p.Bytes())
			}
		}
	}
}

// TestCredentialsAreDrawn looks for the shapes that scanners look for.
func TestCredentialsAreDrawn(t *testing.T) {
	text := string(join(collect(t, Options{Seed: 1, Manifests: 3000})))
	for _, shape := range []string{"AK" + "IA", "gh" + "p_", "_live_", "gl" + "pat-", "hooks." + "slack.com", "postgres://app:", "BEGIN PRIVATE",
		"/var/run/docker.sock", ":latest", "privileged: true", "hostNetwork: true", "extensions/v1beta1", "batch/v1beta1", "policy/v1beta1", "SYS_ADMIN"} {
		if !strings.Contains(text, shape) && !strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(shape))[:8]) {
			t.Errorf("nothing like %q", shape)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		collect(b, Options{Seed: 1, Manifests: 10000})
	}
}
