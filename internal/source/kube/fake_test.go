package kube

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	discoveryv2 "k8s.io/api/apidiscovery/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// fake is an API server that does what a test says.
type fake struct {
	t       *testing.T
	url     string
	ca      []byte
	serves  []resource // what discovery says
	stale   []string   // group/version whose server is said not to answer
	paths   map[string]http.HandlerFunc
	mutex   sync.Mutex
	queries []string // of lists, in order: path?query
}

func (f *fake) asked() []string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return append([]string(nil), f.queries...)
}

var (
	podsV1       = resource{version: "v1", kind: "Pod", name: "pods", namespaced: true, listable: true}
	namespacesV1 = resource{version: "v1", kind: "Namespace", name: "namespaces", listable: true}
	secretsV1    = resource{version: "v1", kind: "Secret", name: "secrets", namespaced: true, listable: true}
	rolesV1      = resource{group: "rbac.authorization.k8s.io", version: "v1", kind: "Role", name: "roles", namespaced: true, listable: true}

	podKind    = snapshot.GroupKind{Kind: "Pod"}
	secretKind = snapshot.GroupKind{Kind: "Secret"}
)

// newFake serves Pods, Namespaces, Secrets and Roles, all empty, over TLS.
func newFake(t *testing.T) *fake {
	f := &fake{t: t, serves: []resource{podsV1, namespacesV1, secretsV1, rolesV1}, paths: map[string]http.HandlerFunc{}}
	server := httptest.NewUnstartedServer(f)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // tests break connections on purpose
	server.StartTLS()
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	f.url = server.URL
	f.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return f
}

func (f *fake) config() *rest.Config {
	return &rest.Config{Host: f.url, TLSClientConfig: rest.TLSClientConfig{CAData: f.ca}}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if handler := f.paths[r.URL.Path]; handler != nil {
		f.mutex.Lock()
		f.queries = append(f.queries, r.URL.Path+"?"+r.URL.RawQuery)
		f.mutex.Unlock()
		handler(w, r)
		return
	}
	switch r.URL.Path {
	case "/version":
		answerJSON(w, 200, map[string]string{"gitVersion": "v1.36.3"})
	case "/api":
		f.discovery(w, true)
	case "/apis":
		f.discovery(w, false)
	default:
		for _, each := range f.serves {
			if r.URL.Path == each.path("") {
				answerJSON(w, 200, list(each, ""))
				return
			}
		}
		refuse(w, 404, "NotFound", "the server could not find the requested resource")
	}
}

func (f *fake) discovery(w http.ResponseWriter, core bool) {
	answer := discoveryv2.APIGroupDiscoveryList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: "apidiscovery.k8s.io/v2"}}
	add := func(group string, version discoveryv2.APIVersionDiscovery) {
		for i := range answer.Items {
			if item := &answer.Items[i]; item.Name == group {
				for j := range item.Versions {
					if item.Versions[j].Version == version.Version {
						item.Versions[j].Resources = append(item.Versions[j].Resources, version.Resources...)
						return
					}
				}
				item.Versions = append(item.Versions, version)
				return
			}
		}
		answer.Items = append(answer.Items, discoveryv2.APIGroupDiscovery{ObjectMeta: metav1.ObjectMeta{Name: group}, Versions: []discoveryv2.APIVersionDiscovery{version}})
	}
	for _, r := range f.serves {
		if (r.group == "") != core {
			continue
		}
		scope, verbs := discoveryv2.ScopeCluster, []string{"get"}
		if r.namespaced {
			scope = discoveryv2.ScopeNamespace
		}
		if r.listable {
			verbs = append(verbs, "list")
		}
		add(r.group, discoveryv2.APIVersionDiscovery{Version: r.version, Freshness: discoveryv2.DiscoveryFreshnessCurrent, Resources: []discoveryv2.APIResourceDiscovery{{
			Resource: r.name, ResponseKind: &metav1.GroupVersionKind{Group: r.group, Version: r.version, Kind: r.kind}, Scope: scope, Verbs: verbs,
			Subresources: []discoveryv2.APISubresourceDiscovery{{Subresource: "status", ResponseKind: &metav1.GroupVersionKind{Kind: r.kind}, Verbs: []string{"get"}}},
		}}})
	}
	for _, gv := range f.stale {
		if group, version := cutAPIVersion(gv); !core {
			add(group, discoveryv2.APIVersionDiscovery{Version: version, Freshness: discoveryv2.DiscoveryFreshnessStale})
		}
	}
	answerJSON(w, 200, answer)
}

func answerJSON(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic(err)
	}
}

func refuse(w http.ResponseWriter, code int, reason metav1.StatusReason, message string) {
	answerJSON(w, code, metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: int32(code), Reason: reason, Message: message})
}

// list is a JSON list of objects with these names, and where it goes on.
func list(r resource, token string, names ...string) map[string]any {
	items := make([]any, len(names))
	for i, name := range names {
		meta := map[string]any{"name": name, "uid": "uid-" + name, "managedFields": []any{map[string]any{"manager": "kubectl", "operation": "Update", "apiVersion": r.apiVersion()}}}
		if r.namespaced {
			meta["namespace"] = "shop"
		}
		items[i] = map[string]any{"metadata": meta}
	}
	return map[string]any{"apiVersion": r.apiVersion(), "kind": r.kind + "List", "metadata": map[string]any{"continue": token}, "items": items}
}

// podList is the same of Pods as protobuf.
func podList(token string, names ...string) []byte {
	pods := &corev1.PodList{ListMeta: metav1.ListMeta{Continue: token}}
	for _, name := range names {
		pods.Items = append(pods.Items, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop", UID: "uid"}})
	}
	raw, err := pods.Marshal()
	if err != nil {
		panic(err)
	}
	return envelope("PodList", raw)
}

func envelope(kind string, raw []byte) []byte {
	unknown := &runtime.Unknown{TypeMeta: runtime.TypeMeta{APIVersion: "v1", Kind: kind}, Raw: raw}
	body, err := unknown.Marshal()
	if err != nil {
		panic(err)
	}
	return append([]byte(protobufMagic), body...)
}

func answerProtobuf(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", mediaProtobuf)
	_, _ = w.Write(body) // to a client that may have gone
}

// pages serves Pods over several pages: page N is reached by the token "N". between
// is called before each page, and may answer instead.
func pages(count int, between func(page int, w http.ResponseWriter, r *http.Request) (answered bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page := 0
		if token := r.URL.Query().Get("continue"); token != "" {
			fmt.Sscan(token, &page)
		}
		if between != nil && between(page, w, r) {
			return
		}
		next := ""
		if page+1 < count {
			next = fmt.Sprint(page + 1)
		}
		answerProtobuf(w, podList(next, fmt.Sprintf("pod-%d-a", page), fmt.Sprintf("pod-%d-b", page)))
	}
}

// quick are limits for tests: everything that waits waits shortly.
func quick() limits {
	l := defaultLimits()
	l.backoff, l.request = time.Millisecond, 5*time.Second
	return l
}

// read reads the fake server.
func (f *fake) read(limits limits, options Options) ([]snapshot.Change, error) {
	f.t.Helper()
	if options.Config == nil {
		options.Config = f.config()
	}
	if options.Redact == nil {
		options.Redact = redact()
	}
	if options.Kinds == nil {
		options.Kinds = []snapshot.GroupKind{podKind}
	}
	if options.Parallel == 0 {
		options.Parallel = DefaultParallel
	}
	if options.PageSize == 0 {
		options.PageSize = DefaultPageSize
	}
	var changes []snapshot.Change
	err := newSource(options, limits).Read(f.t.Context(), func(change snapshot.Change) error {
		changes = append(changes, change)
		return nil
	})
	return changes, err
}

// outcome sorts changes: names of objects, scopes that are complete, gaps.
type outcome struct {
	objects []string
	listed  []model.Scope
	gaps    []model.Gap
}

func (f *fake) outcome(limits limits, options Options) outcome {
	f.t.Helper()
	changes, err := f.read(limits, options)
	if err != nil {
		f.t.Fatal(err)
	}
	var o outcome
	for _, change := range changes {
		switch {
		case change.Put != nil:
			o.objects = append(o.objects, change.Put.Name)
		case change.Listed != nil:
			o.listed = append(o.listed, *change.Listed)
		case change.Gap != nil:
			o.gaps = append(o.gaps, *change.Gap)
		}
	}
	return o
}

// complete demands that the objects and nothing else came.
func (o outcome) complete(t *testing.T, objects ...string) {
	t.Helper()
	if got, want := strings.Join(o.objects, " "), strings.Join(objects, " "); got != want {
		t.Errorf("objects: %s, want %s", got, want)
	}
	if len(o.gaps) > 0 || len(o.listed) == 0 {
		t.Errorf("gaps %v, listed %v", o.gaps, o.listed)
	}
}

// gap demands one gap of the Pods that says the words, and that nothing is said to
// be complete.
func (o outcome) gap(t *testing.T, words ...string) {
	t.Helper()
	if len(o.gaps) != 1 || len(o.listed) != 0 {
		t.Fatalf("gaps %v, listed %v", o.gaps, o.listed)
	}
	gap := o.gaps[0]
	if gap.Scope != (model.Scope{Kind: "Pod"}) || !gap.Hides() {
		t.Errorf("the gap is %+v", gap)
	}
	for _, word := range words {
		if !strings.Contains(gap.Reason, word) {
			t.Errorf("the gap does not say %q: %s", word, gap.Reason)
		}
	}
}
