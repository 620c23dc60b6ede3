package kube

import (
	"encoding/json"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"holdfast.dev/holdfast/internal/snapshot"
)

// FuzzAnswer decodes arbitrary answers to lists of three kinds: nothing panics,
// every object has a name, and no Secret comes out as it went in.
func FuzzAnswer(f *testing.F) {
	f.Add(true, podList("next", "a", "b"))
	f.Add(true, envelope("SecretList", []byte{2<<3 | 2, 4, 1<<3 | 2, 2, 1<<3 | 2, 0}))
	f.Add(false, []byte(`{"kind":"PodList","metadata":{"continue":"x"},"items":[{"metadata":{"name":"a","annotations":{"b":null}},"spec":{"containers":[{"env":[{"name":"PASSWORD","value":"hunter2"}]}]}}]}`))
	f.Add(false, []byte(`{"items":[{"metadata":{"name":"s"},"data":{"a":"aHVudGVyMg=="},"stringData":{"b":"c"}}]}`))
	f.Add(false, []byte(`{"items":[{"metadata":{"name":"w","managedFields":[{}],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{"}},"spec":{"a":[1e400,"\ud800"]}}]}`))
	f.Add(false, []byte(`{"items":null}`))
	s := New(Options{Config: &rest.Config{Host: "https://127.0.0.1:1"}, Redact: redact()})
	targets := []target{
		{resource: podsV1, kind: podKind, goType: reflect.TypeFor[corev1.Pod]()},
		{resource: secretsV1, kind: secretKind, goType: reflect.TypeFor[corev1.Secret]()},
		{resource: at("example.com", "v1", "Widget", "widgets"), kind: snapshot.GroupKind{Group: "example.com", Kind: "Widget"}},
	}
	f.Fuzz(func(t *testing.T, protobuf bool, body []byte) {
		media := acceptJSON
		if protobuf {
			media = mediaProtobuf
		}
		for i := range targets {
			page, err := parsePage(&answer{body: body, contentType: media}, &targets[i])
			if err != nil {
				continue
			}
			for _, item := range page.items {
				for _, change := range s.object(&targets[i], page.protobuf, item) {
					check(t, change)
				}
			}
		}
	})
}

func check(t *testing.T, change snapshot.Change) {
	if change.Put == nil {
		return
	}
	if change.Put.Name == "" {
		t.Error("an object without a name")
	}
	switch body := change.Put.Body.(type) {
	case *corev1.Secret:
		t.Error("a Secret with its values")
	case snapshot.JSON:
		if !json.Valid(body) {
			t.Errorf("no JSON: %s", body)
		}
	}
}
