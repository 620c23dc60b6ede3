package kube

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

func jsonList(kind string, items ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"kind":"%sList","items":[%s]}`, kind, strings.Join(items, ","))
	}
}

var deployments = at("apps", "v1", "Deployment", "deployments")

func TestTypedBodies(t *testing.T) {
	const applied = `{\"apiVersion\":\"apps/v1beta1\",\"kind\":\"Deployment\"}`
	f := newFake(t)
	f.serves = append(f.serves, deployments)
	f.paths["/apis/apps/v1/deployments"] = jsonList("Deployment", `{"metadata":{"name":"web","namespace":"shop","uid":"1",
		"annotations":{"a":"b","kubectl.kubernetes.io/last-applied-configuration":"`+applied+`"},
		"managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"apps/v1beta2"}]},
		"spec":{"template":{"spec":{"volumes":[{"name":"tmp"}],"containers":[{"name":"c","image":"nginx"}]}}}}`)
	changes, err := f.read(quick(), Options{Kinds: []snapshot.GroupKind{{Group: "apps", Kind: "Deployment"}}})
	if err != nil || len(changes) != 2 {
		t.Fatal(changes, err)
	}
	object := changes[0].Put
	d, ok := object.Body.(*appsv1.Deployment)
	if !ok {
		t.Fatalf("body is %T", object.Body)
	}
	if d.APIVersion != "apps/v1" || d.Kind != "Deployment" || len(d.ManagedFields) > 0 || len(d.Annotations) != 1 {
		t.Errorf("%+v", d.ObjectMeta)
	}
	if d.Spec.Template.Spec.Volumes[0].EmptyDir == nil || *d.Spec.Replicas != 1 {
		t.Error("defaults are missing")
	}
	if object.Origin == nil || object.Origin.APIVersion != "apps/v1beta1" || object.Origin.File != "" {
		t.Errorf("origin %+v", object.Origin)
	}
	if read, err := kinds.Deployments.Read(object); err != nil || read != d {
		t.Error("the body is decoded again")
	}
}

func TestGenericBodies(t *testing.T) {
	f := newFake(t)
	f.serves = append(f.serves, at("example.com", "v1", "Widget", "widgets"))
	f.paths["/apis/example.com/v1/widgets"] = jsonList("Widget",
		`{"kind":"Widget","apiVersion":"example.com/v1","spec":{"big":9007199254740993,"list":[1,"a",null]},"metadata":{"name":"w","namespace":"shop","uid":"1",
		"managedFields":[{"manager":"helm","operation":"Apply","apiVersion":"example.com/v1alpha1"}],
		"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"kind\":\"Widget\",\"apiVersion\":\"example.com/v1beta1\"}"}}}`,
		`{"metadata":{"name":"plain"}}`)
	changes, err := f.read(quick(), Options{Kinds: []snapshot.GroupKind{{Group: "example.com", Kind: "Widget"}}})
	if err != nil || len(changes) != 3 {
		t.Fatal(changes, err)
	}
	const want = `{"apiVersion":"example.com/v1","kind":"Widget","spec":{"big":9007199254740993,"list":[1,"a",null]},"metadata":{"name":"w","namespace":"shop","uid":"1","annotations":{}}}`
	if body := string(changes[0].Put.Body.(snapshot.JSON)); body != want {
		t.Errorf("%s", body)
	}
	if origin := changes[0].Put.Origin; origin == nil || origin.APIVersion != "example.com/v1alpha1" {
		t.Errorf("origin %+v", origin)
	}
	const plain = `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"plain"}}`
	if body := string(changes[1].Put.Body.(snapshot.JSON)); body != plain || changes[1].Put.Origin != nil {
		t.Errorf("%s", body)
	}
}

func TestObjectThatCannotBeUnderstood(t *testing.T) {
	f := newFake(t)
	f.paths[podPath] = jsonList("Pod", `{"metadata":{"name":"good","namespace":"shop"}}`,
		`{"metadata":{"name":"bad","namespace":"shop"},"spec":{"containers":"hunter2"}}`, `{"metadata":{"name":7}}`, `3`, `{}`)
	changes, err := f.read(quick(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := snapshot.New(snapshot.Settings{Live: true}, changes...)
	if objects := s.Objects(podKind); len(objects) != 2 || objects[0].Name != "bad" {
		t.Fatalf("%v", objects)
	} else if _, ok := objects[0].Body.(snapshot.Undecodable); !ok {
		t.Errorf("%T", objects[0].Body)
	}
	if len(s.Gaps()) != 4 {
		t.Errorf("%v", s.Gaps())
	}
	if _, complete := snapshot.List(s.View(), kinds.Pods, ""); complete {
		t.Error("the list counts as complete")
	}
	if text := fmt.Sprint(s.Gaps()); strings.Contains(text, "hunter2") || !strings.Contains(text, "the field /spec/containers cannot be decoded") {
		t.Error(text)
	}
}

// A broken object of a list in protobuf does not hide the others.
func TestBrokenProtobufObject(t *testing.T) {
	good, err := (&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "good", Namespace: "shop"}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	meta, err := (&metav1.ObjectMeta{Name: "bad", Namespace: "shop"}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	field := func(number byte, value []byte) []byte {
		return append([]byte{number<<3 | 2, byte(len(value))}, value...)
	}
	bad := append(field(1, meta), field(2, []byte{0xff, 0xff})...) // a spec of noise
	f := newFake(t)
	f.paths[podPath] = func(w http.ResponseWriter, _ *http.Request) {
		answerProtobuf(w, envelope("PodList", append(field(2, bad), field(2, good)...)))
	}
	o := f.outcome(quick(), Options{})
	if strings.Join(o.objects, " ") != "bad good" || len(o.gaps) != 1 || o.gaps[0].Reason != "shop/bad[Pod]: its protobuf cannot be decoded" {
		t.Errorf("%+v", o)
	}
}

func TestServerWithoutProtobuf(t *testing.T) {
	f := newFake(t)
	f.paths[podPath] = func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept"), "protobuf") {
			refuse(w, http.StatusNotAcceptable, metav1.StatusReasonNotAcceptable, "only application/json")
			return
		}
		answerJSON(w, 200, list(podsV1, "", "pod"))
	}
	f.outcome(quick(), Options{}).complete(t, "pod")
}

// No value of a Secret is in an object, a gap or an error, whatever the server does.
func TestSecretsStayInside(t *testing.T) {
	const value = "aHVudGVyMg=="
	whole := `{"metadata":{"name":"db","namespace":"shop","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"password\":\"` + value + `\"}}"}},"data":{"password":"` + value + `"},"type":"Opaque"}`
	for name, item := range map[string]string{
		"well-formed":        whole,
		"not base64":         strings.Replace(whole, value, value+"hunter2!", 1),
		"data is a list":     `{"metadata":{"name":"db","namespace":"shop"},"data":["` + value + `"]}`,
		"type is the secret": `{"metadata":{"name":"db"},"data":{"a":7},"type":{"x":"` + value + `"}}`,
		"no name":            `{"data":{"password":"` + value + `"}}`,
		"name is no text":    `{"metadata":{"name":["` + value + `"]},"data":{"password":"` + value + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.paths["/api/v1/secrets"] = jsonList("Secret", item)
			changes, err := f.read(quick(), Options{Kinds: []snapshot.GroupKind{secretKind}})
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(changes)
			if err != nil {
				t.Fatal(err)
			}
			for _, leak := range []string{value, "hunter2"} {
				if bytes.Contains(raw, []byte(leak)) {
					t.Errorf("%q leaks: %s", leak, raw)
				}
			}
			if len(changes) == 0 {
				t.Error("nothing was read")
			}
		})
	}
}

func TestRedactIsNeeded(t *testing.T) {
	err := New(Options{Config: &rest.Config{Host: "https://127.0.0.1:1"}}).Read(t.Context(), func(snapshot.Change) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "Redact is missing") {
		t.Error(err)
	}
}

func TestOrigin(t *testing.T) {
	apply := func(apiVersion, subresource string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Operation: metav1.ManagedFieldsOperationApply, APIVersion: apiVersion, Subresource: subresource}
	}
	for name, c := range map[string]struct {
		lastApplied string
		managed     []metav1.ManagedFieldsEntry
		want        string
	}{
		"nobody applies":     {"", []metav1.ManagedFieldsEntry{{Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "batch/v1beta1"}}, ""},
		"kubectl":            {`{"apiVersion":"batch/v1beta1","kind":"CronJob"}`, nil, "batch/v1beta1"},
		"another order":      {`{"kind":"CronJob", "apiVersion":"batch/v1beta1"}`, nil, "batch/v1beta1"},
		"no object":          {`[]`, nil, ""},
		"server-side":        {"", []metav1.ManagedFieldsEntry{apply("batch/v1", ""), apply("batch/v1beta1", "")}, "batch/v1beta1"},
		"a controller":       {"", []metav1.ManagedFieldsEntry{apply("batch/v1", "status")}, ""},
		"the oldest of both": {`{"apiVersion":"batch/v1"}`, []metav1.ManagedFieldsEntry{apply("batch/v2alpha1", "")}, "batch/v2alpha1"},
		"an old group":       {`{"apiVersion":"apps/v1"}`, []metav1.ManagedFieldsEntry{apply("extensions/v1beta1", "")}, "extensions/v1beta1"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if o := origin(c.lastApplied, c.managed); o != nil {
				got = o.APIVersion
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
