// Package examples holds no code: its test sees to it that the examples are
// what they say they are.
package examples

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/client-go/kubernetes/scheme"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// decode reads all manifests below dir as a strict API server does.
func decode(t *testing.T, dir string) []runtime.Object {
	t.Helper()
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiserverv1.AddToScheme, auditv1.AddToScheme, kubeletv1beta1.AddToScheme} {
		if err := add(known); err != nil {
			t.Fatal(err)
		}
	}
	decoder := json.NewSerializerWithOptions(json.DefaultMetaFactory, known, known, json.SerializerOptions{Yaml: true, Strict: true})
	var out []runtime.Object
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		for part := range bytes.SplitSeq(data, []byte("\n---\n")) {
			obj, _, err := decoder.Decode(part, nil, nil)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			out = append(out, obj)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func templates(objects []runtime.Object) map[string]*corev1.PodTemplateSpec {
	out := map[string]*corev1.PodTemplateSpec{}
	for _, o := range objects {
		switch o := o.(type) {
		case *appsv1.Deployment:
			out[o.Name] = &o.Spec.Template
		case *appsv1.StatefulSet:
			out[o.Name] = &o.Spec.Template
		case *appsv1.DaemonSet:
			out[o.Name] = &o.Spec.Template
		}
	}
	return out
}

func TestPodSecurity(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for dir, want := range map[string]bool{"shop": false, "shop-hardened": true} {
		found := templates(decode(t, dir))
		if len(found) != 4 {
			t.Errorf("%s: %d workloads, want 4", dir, len(found))
		}
		for name, tpl := range found {
			got := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &tpl.ObjectMeta, &tpl.Spec))
			if got.Allowed != want {
				t.Errorf("%s: %s passes the restricted standard: %t, want %t: %s", dir, name, got.Allowed, want, got.ForbiddenDetail())
			}
		}
	}
}

// TestSameShop compares the two: the same workloads behind the same Services.
func TestSameShop(t *testing.T) {
	names := func(dir string) map[string]bool {
		out := map[string]bool{}
		for _, o := range decode(t, dir) {
			switch o.(type) {
			case *appsv1.Deployment, *appsv1.StatefulSet, *appsv1.DaemonSet, *corev1.Service, *corev1.Namespace:
				out[o.GetObjectKind().GroupVersionKind().Kind+"/"+o.(metav1.Object).GetName()] = true
			}
		}
		return out
	}
	hardened := names("shop-hardened")
	for name := range names("shop") {
		if !hardened[name] {
			t.Errorf("%s is missing in shop-hardened", name)
		}
	}
}

func TestControlPlaneDecodes(t *testing.T) {
	if found := decode(t, "control-plane"); len(found) != 7 {
		t.Errorf("%d documents, want 7", len(found))
	}
}
