package kinds_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
	"holdfast.dev/holdfast/test/cluster"
)

// What Default makes of an object is what the API server makes of it: every object
// of a generated corpus, of the examples and of testdata/sparse.yaml, which leaves
// out whatever may be left out, is created on the real one and compared.
func TestDefaultsAreTheServers(t *testing.T) {
	// Admission changes objects too; only defaulting is compared.
	c := cluster.Start(t, cluster.WithoutAdmissionPlugins("ServiceAccount", "DefaultTolerationSeconds", "Priority", "NamespaceLifecycle",
		"DefaultStorageClass", "StorageObjectInUseProtection", "DefaultIngressClass", "TaintNodesByCondition", "LimitRanger", "ResourceQuota", "PodTopologyLabels"))
	client, err := rest.HTTPClientFor(c.Config())
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, object := range objectsToDefault(t) {
		want, err := createDry(client, c.URL, object)
		if err != nil {
			t.Logf("%s: %v", object.ID, err)
			continue
		}
		compared++
		if diff := differences(object.Body, want); len(diff) > 0 {
			t.Errorf("%s (%s:%d):\n  %s", object.ID, object.Origin.File, object.Origin.Line, strings.Join(diff, "\n  "))
		}
	}
	t.Logf("%d objects compared", compared)
	if compared < 150 {
		t.Errorf("only %d objects could be compared", compared)
	}
}

func objectsToDefault(t *testing.T) []*snapshot.Object {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "corpus")
	if out, err := exec.Command("go", "run", "holdfast.dev/holdfast/tools/corpus", "-n", "300", "-dir", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var files []string
	for _, pattern := range []string{folder + "/*/*/*.yaml", folder + "/cluster/*.yaml", "../../../examples/shop*/*.yaml", "testdata/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	var objects []*snapshot.Object
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		document.NewDecoder("").Decode(document.Text{File: filepath.Base(file), Data: data, Editable: true}, func(c snapshot.Change) {
			if c.Put != nil && reflect.ValueOf(c.Put.Body).Kind() == reflect.Pointer {
				objects = append(objects, c.Put)
			}
		})
	}
	return objects
}

// createDry creates the object as it was written on the server, without keeping it,
// and returns what the server made of it, decoded without any default of ours.
func createDry(client *http.Client, url string, object *snapshot.Object) (any, error) {
	info := kinds.NewTable().Find(object.Group, object.Kind)
	if info == nil || info.ConfigFile() {
		return nil, fmt.Errorf("not of the API")
	}
	path := "/apis/" + object.Group + "/" + object.Version
	if object.Group == "" {
		path = "/api/" + object.Version
	}
	if info.Namespaced {
		path += "/namespaces/" + object.Namespace
	}
	body, err := yaml.YAMLToJSON(object.Origin.Doc)
	if err != nil {
		return nil, err
	}
	answer, err := client.Post(url+path+"/"+info.Resource+"?dryRun=All", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		return nil, fmt.Errorf("%s: %s %v", answer.Status, raw, err)
	}
	goType, ok := info.Type(object.Version)
	if !ok {
		return nil, fmt.Errorf("unknown version")
	}
	made := reflect.New(goType).Interface()
	return made, json.Unmarshal(raw, made)
}

// differences compares everything but what only a server writes.
func differences(ours, theirs any) []string {
	for _, object := range []any{ours, theirs} {
		if meta, ok := object.(metav1.Object); ok {
			meta.SetUID("")
			meta.SetCreationTimestamp(metav1.Time{})
			meta.SetManagedFields(nil)
			meta.SetResourceVersion("")
			meta.SetGeneration(0)
			meta.SetNamespace("")
		}
	}
	return compare("", reflect.ValueOf(ours).Elem(), reflect.ValueOf(theirs).Elem())
}

// serverOnly are fields that the server sets by allocation or strategy, not by
// defaulting.
func serverOnly(path string) bool {
	template := strings.Contains(path, ".Template.Spec.")
	if template && (strings.HasSuffix(path, ".EnableServiceLinks") || strings.HasSuffix(path, ".Resources.Requests") || strings.HasSuffix(path, ".HostPort")) {
		return true // what a template's pods will get
	}
	for _, suffix := range []string{".Status", ".Spec.ClusterIP", ".Spec.ClusterIPs", ".Spec.IPFamilies", ".Spec.IPFamilyPolicy", ".NodePort", ".TypeMeta",
		".HealthCheckNodePort", ".Spec.Selector", ".ObjectMeta.Labels", ".Spec.Template.ObjectMeta.Labels", ".ObjectMeta.Finalizers", ".Spec.Finalizers", ".StringData", ".Data", ".DeprecatedServiceAccount", `.Annotations`} {
		if strings.HasSuffix(path, suffix) {
			return true
		}
	}
	return false
}

// compare lists the leaves that differ.
func compare(path string, a, b reflect.Value) []string {
	if serverOnly(path) || apiequality.Semantic.DeepEqual(a.Interface(), b.Interface()) {
		return nil
	}
	switch a.Kind() {
	case reflect.Pointer:
		if !a.IsNil() && !b.IsNil() {
			return compare(path, a.Elem(), b.Elem())
		}
	case reflect.Struct:
		var diff []string
		for i := range a.NumField() {
			if a.Type().Field(i).IsExported() {
				diff = append(diff, compare(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))...)
			}
		}
		if len(diff) > 0 {
			return diff
		}
		return nil
	case reflect.Slice:
		if a.Len() == b.Len() {
			var diff []string
			for i := range a.Len() {
				diff = append(diff, compare(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))...)
			}
			return diff
		}
	}
	return []string{fmt.Sprintf("%s: ours %s, the server's %s", path, short(a), short(b))}
}

func short(v reflect.Value) string {
	raw, err := json.Marshal(v.Interface())
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
