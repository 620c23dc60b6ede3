package kube

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/snapshot"
)

func TestListsAtATimeAreBounded(t *testing.T) {
	f := newFake(t)
	f.serves = nil
	var now, most atomic.Int32
	for _, name := range strings.Split("abcdefghijklmnop", "") {
		r := at("example.com", "v1", strings.ToUpper(name), name)
		f.serves = append(f.serves, namespacesV1, r)
		f.paths[r.path("")] = func(w http.ResponseWriter, _ *http.Request) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(5 * time.Millisecond)
			now.Add(-1)
			answerJSON(w, 200, list(r, "", "x"))
		}
	}
	var reports []string
	options := Options{AllResources: true, Parallel: 3, Progress: func(done, total int, what string) {
		if done != len(reports)+1 || total < 16 {
			t.Errorf("%d of %d", done, total)
		}
		reports = append(reports, what)
	}}
	if o := f.outcome(quick(), options); len(o.objects) != 16 {
		t.Errorf("%v", o.objects)
	}
	if most.Load() > 3 {
		t.Errorf("%d lists at a time", most.Load())
	}
	if len(reports) < 16 {
		t.Errorf("progress: %v", reports)
	}
}

func TestNamespaceIsAName(t *testing.T) {
	f := newFake(t)
	for _, namespace := range []string{"../pods", "Shop", "a/b", "a?b"} {
		_, err := f.read(quick(), Options{Namespace: namespace})
		if err == nil || !strings.Contains(err.Error(), "cannot be the name of a namespace") {
			t.Errorf("%s: %v", namespace, err)
		}
	}
}

// Two readings emit the same changes in the same order, whichever list is faster.
func TestOrderIsThatOfKinds(t *testing.T) {
	f := newFake(t)
	f.serves = append(f.serves, deployments)
	f.paths[podPath] = func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond)
		pages(1, nil)(w, r)
	}
	f.paths["/apis/apps/v1/deployments"] = func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, list(deployments, "", "web")) }
	o := f.outcome(quick(), Options{Kinds: []snapshot.GroupKind{{Group: "apps", Kind: "Deployment"}, podKind}})
	o.complete(t, "pod-0-a", "pod-0-b", "web")
}
