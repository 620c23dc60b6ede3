package kube

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// lists returns the paths that were listed, sorted.
func (f *fake) lists(options Options) []string {
	for _, r := range f.serves {
		for _, namespace := range []string{"", options.Namespace} {
			f.paths[r.path(namespace)] = func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, list(r, "")) }
		}
	}
	if o := f.outcome(quick(), options); len(o.gaps) > 0 {
		f.t.Errorf("gaps: %v", o.gaps)
	}
	var paths []string
	for _, query := range f.asked() {
		path, _, _ := strings.Cut(query, "?")
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func at(group, version, kind, name string) resource {
	return resource{group: group, version: version, kind: kind, name: name, namespaced: true, listable: true}
}

func TestEachKindIsReadOnce(t *testing.T) {
	f := newFake(t)
	hidden := at("authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews")
	hidden.listable = false
	f.serves = append(f.serves, hidden,
		at("extensions", "v1beta1", "Ingress", "ingresses"), at("networking.k8s.io", "v1", "Ingress", "ingresses"),
		at("", "v1", "Event", "events"), at("events.k8s.io", "v1", "Event", "events"),
		// The server prefers a version that is not the newest known.
		at("autoscaling", "v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
		at("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
		// Of custom resources the server's preference counts.
		at("example.com", "v1beta1", "Widget", "widgets"), at("example.com", "v1", "Widget", "widgets"),
	)
	expect(t, f.lists(Options{AllResources: true}),
		"/api/v1/events", "/api/v1/namespaces", "/api/v1/pods", "/api/v1/secrets",
		"/apis/autoscaling/v2/horizontalpodautoscalers", "/apis/example.com/v1beta1/widgets",
		"/apis/networking.k8s.io/v1/ingresses", "/apis/rbac.authorization.k8s.io/v1/roles")
}

func TestKindOfAnOldGroup(t *testing.T) {
	f := newFake(t)
	old := at("extensions", "v1beta1", "Ingress", "ingresses")
	f.serves = append(f.serves, old)
	f.paths[old.path("")] = func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, list(old, "", "web")) }
	changes, err := f.read(quick(), Options{Kinds: []snapshot.GroupKind{{Group: "networking.k8s.io", Kind: "Ingress"}}})
	if err != nil || len(changes) != 2 {
		t.Fatal(changes, err)
	}
	want := model.Ref{ID: model.ID{Group: "networking.k8s.io", Kind: "Ingress", Namespace: "shop", Name: "web"}, Version: "v1beta1", UID: "uid-web"}
	if changes[0].Put.Ref != want {
		t.Errorf("%+v", changes[0].Put.Ref)
	}
	if *changes[1].Listed != want.Scope() && *changes[1].Listed != (model.Scope{Group: "networking.k8s.io", Kind: "Ingress"}) {
		t.Errorf("%+v", changes[1].Listed)
	}
}

func TestOneNamespace(t *testing.T) {
	f := newFake(t)
	options := Options{Namespace: "shop", Kinds: []snapshot.GroupKind{podKind, {Kind: "Namespace"}}}
	f.paths["/api/v1/namespaces"] = func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, list(namespacesV1, "", "shop")) }
	f.paths["/api/v1/namespaces/shop/pods"] = pages(1, nil)
	o := f.outcome(quick(), options)
	o.complete(t, "shop", "pod-0-a", "pod-0-b")
	if !slices.Equal(o.listed, []model.Scope{{Kind: "Namespace"}, {Kind: "Pod", Namespace: "shop"}}) {
		t.Errorf("%v", o.listed)
	}
	// Who may not list namespaces may still see this one.
	f.paths["/api/v1/namespaces"] = func(w http.ResponseWriter, _ *http.Request) { refuse(w, 403, "Forbidden", "no") }
	f.paths["/api/v1/namespaces/shop"] = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, map[string]any{"kind": "Namespace", "metadata": map[string]any{"name": "shop"}})
	}
	o = f.outcome(quick(), options)
	if strings.Join(o.objects, " ") != "shop pod-0-a pod-0-b" || len(o.gaps) != 1 || o.gaps[0].Scope != (model.Scope{Kind: "Namespace"}) {
		t.Errorf("%+v", o)
	}
}

func TestNamespaceThatDoesNotExist(t *testing.T) {
	f := newFake(t)
	f.paths["/api/v1/namespaces/shopp/pods"] = func(w http.ResponseWriter, _ *http.Request) { answerProtobuf(w, podList("")) }
	o := f.outcome(quick(), Options{Namespace: "shopp", Kinds: []snapshot.GroupKind{podKind, {Kind: "Namespace"}}})
	if len(o.gaps) != 1 || o.gaps[0].Reason != `there is no namespace "shopp" in this cluster` || !o.gaps[0].Refused {
		t.Errorf("%+v", o)
	}
}

func TestWhatIsNotServedDoesNotExist(t *testing.T) {
	f := newFake(t)
	gateways := snapshot.GroupKind{Group: "gateway.networking.k8s.io", Kind: "Gateway"}
	o := f.outcome(quick(), Options{Kinds: []snapshot.GroupKind{gateways}})
	if len(o.gaps) > 0 || !slices.Equal(o.listed, []model.Scope{{Group: gateways.Group, Kind: gateways.Kind}}) {
		t.Errorf("%+v", o)
	}
	reviews := at("authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews")
	reviews.listable = false
	f.serves = append(f.serves, reviews)
	o = f.outcome(quick(), Options{Kinds: []snapshot.GroupKind{{Group: reviews.group, Kind: reviews.kind}}})
	if len(o.gaps) != 1 || len(o.listed) > 0 {
		t.Errorf("%+v", o)
	}
}

func TestBrokenAPIService(t *testing.T) {
	f := newFake(t)
	f.stale = []string{"metrics.example.com/v1"}
	o := f.outcome(quick(), Options{})
	if len(o.gaps) != 1 || !o.gaps[0].Skipped || !strings.Contains(o.gaps[0].Reason, "metrics.example.com") {
		t.Errorf("%+v", o.gaps)
	}
	o = f.outcome(quick(), Options{AllResources: true})
	if len(o.gaps) != 1 || o.gaps[0].Skipped || o.gaps[0].Scope.Overlaps(model.Scope{Kind: "Pod"}) {
		t.Errorf("%+v", o.gaps)
	}
	kind := snapshot.GroupKind{Group: "metrics.example.com", Kind: "Meter"}
	o = f.outcome(quick(), Options{Kinds: []snapshot.GroupKind{kind}})
	if len(o.gaps) != 1 || !o.gaps[0].Hides() || o.gaps[0].Scope != (model.Scope{Group: kind.Group, Kind: kind.Kind}) || len(o.listed) > 0 {
		t.Errorf("%+v", o)
	}
}

// A server that serves only a version that came after this program.
func TestUnknownVersion(t *testing.T) {
	f := newFake(t)
	f.serves = append(f.serves, at("apps", "v3", "Deployment", "deployments"))
	f.paths["/apis/apps/v3/deployments"] = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, list(at("apps", "v3", "Deployment", "deployments"), "", "web"))
	}
	changes, err := f.read(quick(), Options{Kinds: []snapshot.GroupKind{{Group: "apps", Kind: "Deployment"}}})
	if err != nil || len(changes) != 2 {
		t.Fatal(changes, err)
	}
	if _, ok := changes[0].Put.Body.(snapshot.Undecodable); !ok || changes[0].Put.Name != "web" {
		t.Errorf("%+v", changes[0].Put)
	}
	if !strings.Contains(changes[1].Gap.Reason, "only in version v3, which Holdfast does not know") {
		t.Errorf("%+v", changes[1].Gap)
	}
	f.paths["/apis/apps/v3/deployments"] = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, list(at("apps", "v3", "Deployment", "deployments"), ""))
	}
	if changes, err = f.read(quick(), Options{Kinds: []snapshot.GroupKind{{Group: "apps", Kind: "Deployment"}}}); err != nil || len(changes) != 1 || changes[0].Listed == nil {
		t.Errorf("an empty list: %+v, %v", changes, err)
	}
}

// Servers before 1.26 are asked version by version.
func TestLegacyDiscovery(t *testing.T) {
	f := newFake(t)
	legacy := func(gv string, resources ...metav1.APIResource) {
		path := "/apis/" + gv
		if gv == "v1" {
			path = "/api/v1"
		}
		f.paths[path] = func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList"}, GroupVersion: gv, APIResources: resources})
		}
	}
	f.paths["/api"] = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}})
	}
	group := func(name string, versions ...string) metav1.APIGroup {
		g := metav1.APIGroup{Name: name}
		for _, version := range versions {
			g.Versions = append(g.Versions, metav1.GroupVersionForDiscovery{GroupVersion: name + "/" + version, Version: version})
		}
		g.PreferredVersion = g.Versions[len(g.Versions)-1]
		return g
	}
	f.paths["/apis"] = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList"}, Groups: []metav1.APIGroup{
			group("example.com", "v1beta1", "v1"), group("batch", "v1beta1"), group("broken.example.com", "v1"),
		}})
	}
	verbs := metav1.Verbs{"get", "list"}
	legacy("v1", metav1.APIResource{Name: "pods", Kind: "Pod", Namespaced: true, Verbs: verbs}, metav1.APIResource{Name: "pods/log", Kind: "Pod", Verbs: verbs},
		metav1.APIResource{Name: "namespaces", Kind: "Namespace", Verbs: verbs})
	widgets := metav1.APIResource{Name: "widgets", Kind: "Widget", Namespaced: true, Verbs: verbs}
	legacy("example.com/v1", widgets)
	legacy("example.com/v1beta1", widgets)
	legacy("batch/v1beta1", metav1.APIResource{Name: "cronjobs", Kind: "CronJob", Namespaced: true, Verbs: verbs})
	f.paths["/apis/broken.example.com/v1"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }
	f.paths["/apis/example.com/v1/widgets"] = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, list(at("example.com", "v1", "Widget", "widgets"), "", "w"))
	}
	f.paths["/apis/batch/v1beta1/cronjobs"] = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, list(at("batch", "v1beta1", "CronJob", "cronjobs"), "", "nightly"))
	}
	o := f.outcome(quick(), Options{AllResources: true})
	if fmt.Sprint(o.objects) != "[nightly w]" {
		t.Errorf("%v", o.objects)
	}
	if len(o.gaps) != 1 || !strings.Contains(o.gaps[0].Reason, "broken.example.com/v1 cannot be discovered: the API server answers 503") {
		t.Errorf("%+v", o.gaps)
	}
}
