package manifest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// TestRendersAsKustomizeDoes compares what comes of a kustomization as it is read,
// checked and written anew with what kustomize itself makes of the file.
func TestRendersAsKustomizeDoes(t *testing.T) {
	const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {a: b}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: "nginx:1", args: [a]}, {name: d, image: busybox}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}}
`
	files := map[string]string{
		"all.yaml":    deployment,
		"patch.yaml":  "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: c, image: \"nginx:2\"}, {name: new, image: x}]}}}\n",
		"delete.yaml": "$patch: delete\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
		"two.yaml":    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 4}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort}\n",
		"json.yaml":   "- {op: replace, path: /spec/template/spec/containers/0/image, value: \"nginx:3\"}\n",
		"labels.yaml": "- {op: add, path: /metadata/labels/x, value: z}\n",
	}
	for name, text := range map[string]string{
		"plain":           "resources: [all.yaml]",
		"bases":           "bases: [base]\nnamePrefix: p-",
		"strategic merge": "resources: [all.yaml]\npatchesStrategicMerge: [patch.yaml, two.yaml]\nnamePrefix: p-",
		"inline merge":    "resources: [all.yaml]\npatchesStrategicMerge:\n- |-\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  spec: {replicas: 9}\n",
		"delete":          "resources: [all.yaml]\npatchesStrategicMerge: [delete.yaml]",
		"merge and patch": "resources: [all.yaml]\npatchesStrategicMerge: [patch.yaml]\npatches: [{path: json.yaml, target: {kind: Deployment}}]",
		"json":            "resources: [all.yaml]\npatchesJson6902: [{path: json.yaml, target: {group: apps, version: v1, kind: Deployment, name: web}}]",
		"json, labels":    "resources: [all.yaml]\ncommonLabels: {x: xx}\npatchesJson6902: [{path: labels.yaml, target: {group: apps, version: v1, kind: Deployment, name: web}}]",
		"common labels":   "resources: [all.yaml]\ncommonLabels: {x: xx, app: other}\nlabels: [{pairs: {z: z}}]",
		"images":          "resources: [all.yaml]\nimageTags: [{name: nginx, newTag: \"5\"}]\nimages: [{name: busybox, newName: other, digest: sha256:aa}]",
		"generators":      "resources: [all.yaml]\nconfigMapGenerator: [{name: c, literals: [a=b], files: [all.yaml]}]\nsecretGenerator: [{name: s, literals: [a=b], type: Opaque}]\ngeneratorOptions: {labels: {g: g}}",
		"replicas":        "resources: [all.yaml]\nreplicas: [{name: web, count: 7}]\ncommonAnnotations: {a: b}\nnameSuffix: -s\nnamespace: nn",
		"replacements":    "resources: [all.yaml]\nreplacements: [{source: {kind: Deployment, fieldPath: metadata.name}, targets: [{select: {kind: Service}, fieldPaths: [metadata.annotations.x], options: {create: true}}]}]",
		"vars":            "resources: [all.yaml]\nvars: [{name: IMAGE, objref: {apiVersion: apps/v1, kind: Deployment, name: web}, fieldref: {fieldpath: metadata.name}}]",
		"sorted":          "resources: [all.yaml]\nsortOptions: {order: legacy}",
		"metadata":        "resources: [all.yaml]\nbuildMetadata: [managedByLabel]",
		"anchors":         "resources: &r [all.yaml]\nmetadata: {name: x}",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, "base"), 0o755); err != nil {
				t.Fatal(err)
			}
			for file, data := range files {
				writeFile(t, filepath.Join(dir, file), data)
			}
			writeFile(t, filepath.Join(dir, "base", "all.yaml"), deployment)
			writeFile(t, filepath.Join(dir, "base", "kustomization.yaml"), "resources: [all.yaml]\n")
			writeFile(t, filepath.Join(dir, "kustomization.yaml"), text+"\n")
			options := krusty.MakeDefaultOptions()
			options.PluginConfig = types.DisabledPluginConfig()
			want, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), dir)
			if err != nil {
				t.Fatal(err)
			}
			s := New(Options{})
			z := newKustomizer(s)
			got, err := z.render(context.Background(), z.closure(context.Background(), z.load(context.Background(), dir)))
			if err != nil {
				t.Fatal(err)
			}
			if err := got.RemoveOriginAnnotations(); err != nil {
				t.Fatal(err)
			}
			a, errA := want.AsYaml()
			b, errB := got.AsYaml()
			if errA != nil || errB != nil || string(a) != string(b) {
				t.Errorf("%v %v\nkustomize:\n%s\nours:\n%s", errA, errB, a, b)
			}
		})
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
