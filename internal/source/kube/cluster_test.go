package kube

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"holdfast.dev/holdfast/internal/analysis/secret"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
	"holdfast.dev/holdfast/test/cluster"
)

func redact() func(*snapshot.Object) {
	return secret.NewDetector([]byte("a key that is no secret")).Redact
}

// readAll reads a cluster and makes a snapshot of it.
func readAll(t *testing.T, options Options) *snapshot.Snapshot {
	t.Helper()
	if options.Redact == nil {
		options.Redact = redact()
	}
	var changes []snapshot.Change
	err := New(options).Read(t.Context(), func(change snapshot.Change) error {
		changes = append(changes, change)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.New(snapshot.Settings{Live: true, Version: snapshot.Version{Major: 1, Minor: 36}}, changes...)
}

func TestVersionOfARealServer(t *testing.T) {
	c := cluster.Start(t, cluster.WithControllers())
	version, err := New(Options{Config: c.Config(), Redact: redact()}).Version(t.Context())
	if err != nil || version != (snapshot.Version{Major: 1, Minor: 36}) {
		t.Error(version, err)
	}
}

// Every object of a real API server is what its JSON says, however it was read, and
// still is after it was saved.
func TestEverythingOfARealServer(t *testing.T) {
	c := cluster.Start(t, cluster.WithControllers())
	workloads(t, c)
	s := readAll(t, Options{Config: c.Config(), AllResources: true, PageSize: 7, Redact: onlySecrets()})
	for _, gap := range s.Gaps() {
		t.Error(gap)
	}
	source := New(Options{Config: c.Config(), AllResources: true, Redact: onlySecrets()})
	found, err := source.client.discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	targets, _ := source.plan(found)
	if len(targets) < 40 {
		t.Errorf("only %d kinds", len(targets))
	}
	total := 0
	for i := range targets {
		total += sameAsJSON(t, source, s, &targets[i])
	}
	if total < 200 {
		t.Errorf("only %d objects", total)
	}
}

// onlySecrets redacts what must be, so that everything else can be compared.
func onlySecrets() func(*snapshot.Object) {
	all := redact()
	return func(o *snapshot.Object) {
		if o.Kind == "Secret" {
			all(o)
		}
	}
}

func workloads(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	c.Namespace(t, "everything")
	labels, three := map[string]string{"app": "web"}, int32(3)
	spec := corev1.PodSpec{Containers: []corev1.Container{{
		Name: "c", Image: "nginx", Ports: []corev1.ContainerPort{{ContainerPort: 80}},
		ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{}}},
	}}, Volumes: []corev1.Volume{{Name: "tmp"}}}
	spec.Containers[0].ReadinessProbe.HTTPGet.Port.IntVal = 80
	_, err := c.Client().AppsV1().Deployments("everything").Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{Replicas: &three, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Client().CoreV1().Secrets("everything").Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "s"}, StringData: map[string]string{"password": "hunter2"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "three Pods that the scheduler has given up on", func() string {
		list, err := c.Client().CoreV1().Pods("everything").List(t.Context(), metav1.ListOptions{})
		if err != nil || len(list.Items) != 3 {
			return fmt.Sprint(len(list.Items), err)
		}
		for _, pod := range list.Items {
			if len(pod.Status.Conditions) == 0 {
				return pod.Name
			}
		}
		deployment, err := c.Client().AppsV1().Deployments("everything").Get(t.Context(), "web", metav1.GetOptions{})
		if err != nil || deployment.Status.UnavailableReplicas != 3 {
			return fmt.Sprint(deployment.Status, err)
		}
		return ""
	})
}

// sameAsJSON compares each object with the API server's JSON of it and returns how
// many it compared.
func sameAsJSON(t *testing.T, source *Source, s *snapshot.Snapshot, target *target) int {
	t.Helper()
	answer, err := source.client.get(t.Context(), target.path(""), nil, acceptJSON)
	if err != nil {
		t.Fatal(err)
	}
	var list unstructured.UnstructuredList
	var raw struct {
		Items []map[string]any `json:"items"`
	}
	if err := json.Unmarshal(answer.body, &raw); err != nil {
		t.Fatal(err)
	}
	for _, item := range raw.Items {
		list.Items = append(list.Items, unstructured.Unstructured{Object: item})
	}
	compared := 0
	for i := range list.Items {
		item := &list.Items[i]
		o := find(s, target.kind, item.GetNamespace(), item.GetName())
		if o == nil {
			if !changing(target.kind) {
				t.Errorf("%s %s/%s was not read", target.kind, item.GetNamespace(), item.GetName())
			}
			continue
		}
		if o.UID != string(item.GetUID()) || o.Version != target.version {
			t.Errorf("%s: %+v", o.ID, o.Ref)
		}
		if target.goType == nil || target.kind.Kind == "Secret" || changing(target.kind) {
			continue
		}
		compared++
		text, err := item.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		asJSON := source.object(target, false, text)
		if len(asJSON) != 1 || !equality.Semantic.DeepEqual(asJSON[0].Put.Body, o.Body) || !reflect.DeepEqual(asJSON[0].Put.Origin, o.Origin) {
			t.Errorf("%s differs:\nread as protobuf %+v\nread as JSON %+v", o.ID, o.Body, asJSON)
		}
		item.SetManagedFields(nil)
		item.SetAPIVersion(target.apiVersion())
		item.SetKind(target.resource.kind)
		if text, err = item.MarshalJSON(); err != nil {
			t.Fatal(err)
		}
		if want := decoded(t, target.goType, text); !equality.Semantic.DeepEqual(o.Body, want) {
			t.Errorf("%s differs:\nread %+v\nwant %+v", o.ID, o.Body, want)
		}
		saved, err := o.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if again := decoded(t, target.goType, saved); !equality.Semantic.DeepEqual(o.Body, again) {
			t.Errorf("%s differs after it was saved:\nread  %+v\nsaved %+v", o.ID, o.Body, again)
		}
	}
	return compared
}

// changing reports kinds that the cluster writes all the time.
func changing(gk snapshot.GroupKind) bool {
	return slices.Contains([]string{"Event", "Lease", "ComponentStatus"}, gk.Kind)
}

func decoded(t *testing.T, goType reflect.Type, text []byte) any {
	t.Helper()
	value := reflect.New(goType).Interface()
	if err := json.Unmarshal(text, value); err != nil {
		t.Fatal(err)
	}
	kinds.Default(value)
	return value
}

func find(s *snapshot.Snapshot, gk snapshot.GroupKind, namespace, name string) *snapshot.Object {
	for _, o := range s.Objects(gk) {
		if o.Namespace == namespace && o.Name == name {
			return o
		}
	}
	return nil
}
