package kube

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"holdfast.dev/holdfast/internal/snapshot"
)

const podPath = "/api/v1/pods"

// abort drops the connection in the middle of an answer.
func abort(w http.ResponseWriter) {
	w.Header().Set("Content-Type", mediaProtobuf)
	_, _ = w.Write(podList("", "half")[:20])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func TestPagesAreReadInOrder(t *testing.T) {
	f := newFake(t)
	f.paths[podPath] = pages(3, nil)
	f.outcome(quick(), Options{}).complete(t, "pod-0-a", "pod-0-b", "pod-1-a", "pod-1-b", "pod-2-a", "pod-2-b")
	if asked := strings.Join(f.asked(), " "); asked != podPath+"?limit=500 "+podPath+"?continue=1&limit=500 "+podPath+"?continue=2&limit=500" {
		t.Error(asked)
	}
}

func TestDroppedConnection(t *testing.T) {
	t.Run("once", func(t *testing.T) {
		f := newFake(t)
		var dropped atomic.Bool
		f.paths[podPath] = pages(2, func(page int, w http.ResponseWriter, _ *http.Request) bool {
			if page == 1 && !dropped.Swap(true) {
				abort(w)
			}
			return false
		})
		f.outcome(quick(), Options{}).complete(t, "pod-0-a", "pod-0-b", "pod-1-a", "pod-1-b")
	})
	t.Run("always", func(t *testing.T) {
		f := newFake(t)
		f.paths[podPath] = pages(2, func(page int, w http.ResponseWriter, _ *http.Request) bool {
			if page == 1 {
				abort(w)
			}
			return false
		})
		o := f.outcome(quick(), Options{})
		o.gap(t, "cannot list pods (core) in all namespaces: ")
		if len(o.objects) != 2 {
			t.Errorf("what was read before is lost: %v", o.objects)
		}
		if tries := len(f.asked()); tries != 1+quick().failures {
			t.Errorf("%d requests", tries)
		}
	})
}

func TestExpiredList(t *testing.T) {
	expired := func(times int32) (*fake, *atomic.Int32) {
		f := newFake(t)
		var left atomic.Int32
		left.Store(times)
		f.paths[podPath] = pages(3, func(page int, w http.ResponseWriter, _ *http.Request) bool {
			if page == 2 && left.Add(-1) >= 0 {
				refuse(w, 410, metav1.StatusReasonExpired, "The provided continue parameter is too old")
				return true
			}
			return false
		})
		return f, &left
	}
	f, _ := expired(1)
	f.outcome(quick(), Options{}).complete(t, "pod-0-a", "pod-0-b", "pod-1-a", "pod-1-b", "pod-2-a", "pod-2-b")
	f, _ = expired(1000)
	f.outcome(quick(), Options{}).gap(t, "the list expired again and again")
	if tries, want := len(f.asked()), 3*(1+quick().restarts); tries != want {
		t.Errorf("%d requests, want %d", tries, want)
	}
}

func TestBusyServer(t *testing.T) {
	busy := func(times int32, retryAfter string) *fake {
		f := newFake(t)
		var left atomic.Int32
		left.Store(times)
		f.paths[podPath] = pages(1, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			if left.Add(-1) < 0 {
				return false
			}
			w.Header().Set("Retry-After", retryAfter)
			refuse(w, 429, metav1.StatusReasonTooManyRequests, "please try again later")
			return true
		})
		return f
	}
	start := time.Now()
	busy(1, "1").outcome(quick(), Options{}).complete(t, "pod-0-a", "pod-0-b")
	if took := time.Since(start); took < time.Second {
		t.Errorf("came back after %s", took)
	}
	start = time.Now()
	busy(1000, "3600").outcome(quick(), Options{}).gap(t, "please try again later", "it asks to wait 1h0m0s")
	limits := quick()
	limits.patience = 50 * time.Millisecond
	busy(1000, "1").outcome(limits, Options{}).gap(t, "please try again later")
	busy(1000, "").outcome(quick(), Options{}).gap(t, "please try again later")
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("gave up after %s", took)
	}
}

func TestGarbage(t *testing.T) {
	other, err := (&corev1.SecretList{}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	whole := podList("", "pod")
	for name, c := range map[string]struct {
		media string
		body  []byte
	}{
		"nothing":            {mediaProtobuf, nil},
		"no content type":    {"", []byte(`{"kind":"PodList","items":[]}`)},
		"a page of a proxy":  {"text/html", []byte("<html>sign in</html>")},
		"html called json":   {acceptJSON, []byte("<html>sign in</html>")},
		"half a json":        {acceptJSON, []byte(`{"kind":"PodList","items":[{"metadata"`)},
		"an empty object":    {acceptJSON, []byte(`{}`)},
		"null":               {acceptJSON, []byte(`null`)},
		"a status":           {acceptJSON, []byte(`{"kind":"Status","status":"Success"}`)},
		"a single pod":       {acceptJSON, []byte(`{"kind":"Pod","metadata":{"name":"x"}}`)},
		"items of text":      {acceptJSON, []byte(`{"kind":"PodList","items":"none"}`)},
		"json as protobuf":   {mediaProtobuf, []byte(`{"kind":"PodList","items":[]}`)},
		"half a protobuf":    {mediaProtobuf, whole[:len(whole)-9]},
		"another list":       {mediaProtobuf, envelope("SecretList", other)},
		"an empty envelope":  {mediaProtobuf, []byte(protobufMagic)},
		"noise in the magic": {mediaProtobuf, append([]byte(protobufMagic), 0xff, 0xff, 0xff)},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.paths[podPath] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				if c.media != "" {
					w.Header().Set("Content-Type", c.media)
				}
				_, _ = w.Write(c.body)
			}
			f.outcome(quick(), Options{}).gap(t, "cannot list pods (core) in all namespaces: the API server's answer cannot be understood")
		})
	}
}

func TestItemsNullIsAnEmptyList(t *testing.T) {
	f := newFake(t)
	f.paths[podPath] = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, map[string]any{"kind": "PodList", "items": nil})
	}
	f.outcome(quick(), Options{}).complete(t)
}

func TestForbidden(t *testing.T) {
	f := newFake(t)
	refused := func(message string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { refuse(w, 403, metav1.StatusReasonForbidden, message) }
	}
	f.paths["/api/v1/secrets"] = refused(`secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" at the cluster scope`)
	f.paths["/apis/rbac.authorization.k8s.io/v1/roles"] = refused("no")
	f.paths["/api/v1/namespaces/shop/pods"] = refused(`pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "shop"`)
	for name, c := range map[string]struct {
		options Options
		want    string
	}{
		"in all namespaces": {Options{Kinds: []snapshot.GroupKind{secretKind}},
			`cannot list secrets (core) in all namespaces: user "jane" needs the verb list on secrets: grant the ClusterRole holdfast-reader-secrets (deploy/rbac)`},
		"in one": {Options{Namespace: "shop"},
			`cannot list pods (core) in namespace shop: user "jane" needs the verb list on pods: grant the ClusterRole holdfast-reader (deploy/rbac) by a RoleBinding in shop`},
		"in no words": {Options{Kinds: []snapshot.GroupKind{{Group: "rbac.authorization.k8s.io", Kind: "Role"}}},
			`cannot list roles (rbac.authorization.k8s.io) in all namespaces: the user needs the verb list on roles.rbac.authorization.k8s.io: grant the ClusterRole holdfast-reader (deploy/rbac)`},
	} {
		t.Run(name, func(t *testing.T) {
			o := f.outcome(quick(), c.options)
			if len(o.gaps) != 1 || o.gaps[0].Reason != c.want {
				t.Errorf("%v, want %s", o.gaps, c.want)
			}
			if o.gaps[0].Scope.Namespace != c.options.Namespace {
				t.Errorf("%+v", o.gaps[0].Scope)
			}
		})
	}
	f.paths[podPath] = func(w http.ResponseWriter, _ *http.Request) {
		raw, err := (&metav1.Status{Status: "Failure", Code: 403, Message: `pods is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods"`}).Marshal()
		if err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", mediaProtobuf)
		w.WriteHeader(403)
		_, _ = w.Write(envelope("Status", raw))
	}
	f.outcome(quick(), Options{}).gap(t, `user "system:serviceaccount:a:b" needs the verb list on pods`)
	if o := f.outcome(quick(), Options{AllResources: true}); len(o.gaps) != 3 || len(o.listed) == 0 {
		t.Errorf("other kinds do not go on: gaps %v", o.gaps)
	}
}

func TestCredentialsExpireOnTheWay(t *testing.T) {
	f := newFake(t)
	f.paths[podPath] = func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, 401, metav1.StatusReasonUnauthorized, "Unauthorized")
	}
	f.outcome(quick(), Options{}).gap(t, "the credentials are no longer accepted: sign in again")
}

func TestFailingServer(t *testing.T) {
	f := newFake(t)
	var calls atomic.Int32
	f.paths[podPath] = func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) <= 2 {
			refuse(w, 500, metav1.StatusReasonInternalError, "etcdserver: request timed out")
			return
		}
		pages(1, nil)(w, r)
	}
	f.outcome(quick(), Options{}).complete(t, "pod-0-a", "pod-0-b")
	f.paths[podPath] = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(503)
		fmt.Fprint(w, "<html>a page that is not repeated</html>")
	}
	f.outcome(quick(), Options{}).gap(t, "the API server answers 503 Service Unavailable")
}

func TestEndlessList(t *testing.T) {
	same := func(token func(page int) string, names ...string) *fake {
		f := newFake(t)
		var page atomic.Int32
		f.paths[podPath] = func(w http.ResponseWriter, _ *http.Request) {
			answerProtobuf(w, podList(token(int(page.Add(1))), names...))
		}
		return f
	}
	always := same(func(int) string { return "again" }, "pod")
	always.outcome(quick(), Options{}).gap(t, "the API server's list does not end: it names the same continuation twice")
	if tries := len(always.asked()); tries != 2 {
		t.Errorf("%d requests", tries)
	}
	next := func(page int) string { return fmt.Sprint(page) }
	same(next).outcome(quick(), Options{}).gap(t, "the API server's list does not end: 21 pages were empty")
	limits := quick()
	limits.objects = 10
	same(next, "pod").outcome(limits, Options{}).gap(t, "there are too many of them: more than 10")
}

func TestHugePage(t *testing.T) {
	limits := quick()
	limits.pageBytes = 10_000
	f := newFake(t)
	var sizes []string
	f.paths[podPath] = func(w http.ResponseWriter, r *http.Request) {
		size := r.URL.Query().Get("limit")
		sizes = append(sizes, size)
		if size != "7" {
			_, _ = w.Write(make([]byte, 20_000))
			return
		}
		pages(1, nil)(w, r)
	}
	f.outcome(limits, Options{}).complete(t, "pod-0-a", "pod-0-b")
	if got := strings.Join(sizes, " "); got != "500 62 7" {
		t.Errorf("asked for %s", got)
	}
	f.paths[podPath] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 20_000)) }
	f.outcome(limits, Options{}).gap(t, "the answer is too large")
	// A small answer that unpacks to a large one.
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	_, _ = zip.Write(make([]byte, 1<<20))
	_ = zip.Close()
	f.paths[podPath] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	}
	f.outcome(limits, Options{}).gap(t, "the answer is too large")
}

func TestHangingServer(t *testing.T) {
	f := newFake(t)
	f.paths[podPath] = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	limits := quick()
	limits.request = 50 * time.Millisecond
	f.outcome(limits, Options{}).gap(t, "the API server does not answer in time (50ms)")
	if tries := len(f.asked()); tries != limits.timeouts {
		t.Errorf("%d requests", tries)
	}
	f.paths[podPath] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaProtobuf)
		_, _ = w.Write([]byte(protobufMagic))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	f.outcome(limits, Options{}).gap(t, "the API server does not answer in time (50ms)")
}

func TestCancellation(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, prepare := range map[string]func(*fake){
		"in discovery": func(f *fake) { f.paths["/apis"] = hang },
		"in a list":    func(f *fake) { f.paths[podPath] = hang },
		"while waiting": func(f *fake) {
			f.paths[podPath] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "20")
				refuse(w, 429, metav1.StatusReasonTooManyRequests, "later")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			prepare(f)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			start := time.Now()
			err := New(Options{Config: f.config(), Redact: redact(), Kinds: []snapshot.GroupKind{podKind}}).Read(ctx, func(snapshot.Change) error { return nil })
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestReceiverEndsTheReading(t *testing.T) {
	f := newFake(t)
	f.paths[podPath] = pages(2, nil)
	full := errors.New("full")
	err := New(Options{Config: f.config(), Redact: redact(), AllResources: true}).Read(t.Context(), func(snapshot.Change) error { return full })
	if !errors.Is(err, full) {
		t.Error(err)
	}
}

func TestFirstContact(t *testing.T) {
	f := newFake(t)
	answers := func(code int, message string) *fake {
		f := newFake(t)
		handler := func(w http.ResponseWriter, _ *http.Request) { refuse(w, code, "", message) }
		f.paths["/api"], f.paths["/apis"], f.paths["/version"] = handler, handler, handler
		return f
	}
	page := newFake(t)
	portal := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>sign in</html>") }
	page.paths["/api"], page.paths["/apis"], page.paths["/version"] = portal, portal, portal
	empty := newFake(t)
	empty.serves = []resource{podsV1}
	empty.paths["/version"] = portal
	redirecting := newFake(t)
	elsewhere := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example/login", http.StatusFound)
	}
	redirecting.paths["/api"], redirecting.paths["/apis"], redirecting.paths["/version"] = elsewhere, elsewhere, elsewhere
	for name, c := range map[string]struct {
		config *rest.Config
		words  []string
	}{
		"nobody there":   {&rest.Config{Host: "https://127.0.0.1:1"}, []string{"https://127.0.0.1:1", "connection refused", "is the cluster running"}},
		"unknown CA":     {&rest.Config{Host: f.url}, []string{"unknown authority", "certificate-authority-data"}},
		"another name":   {&rest.Config{Host: f.url, TLSClientConfig: rest.TLSClientConfig{CAData: f.ca, ServerName: "other"}}, []string{"other names", "tls-server-name"}},
		"no TLS":         {&rest.Config{Host: strings.Replace(f.url, "https:", "http:", 1)}, []string{"400", "address of a Kubernetes API server"}},
		"no credentials": {answers(401, "Unauthorized").config(), []string{"not accepted", "sign in again"}},
		"no discovery":   {answers(403, "forbidden").config(), []string{"system:discovery"}},
		"no API server":  {page.config(), []string{"is not what an API server says of itself"}},
		"half discovery": {empty.config(), []string{"is not what an API server says of itself"}},
		"a portal":       {redirecting.config(), []string{"a redirection, which no API server sends"}},
		"a bad address":  {&rest.Config{Host: "https://a b"}, []string{"no URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSource(Options{Config: c.config, Redact: redact(), Kinds: []snapshot.GroupKind{podKind}, Parallel: 1, PageSize: 1}, quick())
			err := s.Read(t.Context(), func(snapshot.Change) error { return errors.New("emitted") })
			_, versionErr := s.Version(t.Context())
			for _, err := range []error{err, versionErr} {
				if err == nil {
					t.Fatal("no error")
				}
				for _, word := range c.words {
					if !strings.Contains(err.Error(), word) {
						t.Errorf("%q is missing: %v", word, err)
					}
				}
			}
		})
	}
}
