package all_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/secret"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
	"holdfast.dev/holdfast/internal/source/manifest"
)

// corpus reads the public applications, and the examples, as changes.
func corpus(t *testing.T) []snapshot.Change {
	t.Helper()
	shared := filepath.Join("..", "..", "..", "..", "shared", "corpus")
	if _, err := os.Stat(shared); err != nil {
		if os.Getenv("HOLDFAST_TEST_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skipf("needs %s", shared)
	}
	source := manifest.New(manifest.Options{
		Paths:  []string{shared, filepath.Join("..", "..", "..", "examples")},
		Redact: secret.NewDetector([]byte("corpus corpus")).Redact,
	})
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "owned.yaml", Data: []byte(owned)}, func(c snapshot.Change) { changes = append(changes, c) })
	err := source.Read(context.Background(), func(c snapshot.Change) error {
		// What the input itself lacks is not what this test is about.
		if c.Gap == nil {
			changes = append(changes, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// everythingListed says that every kind of the API was listed, as in a cluster.
func everythingListed(changes []snapshot.Change) []snapshot.Change {
	scopes := map[model.Scope]bool{}
	for _, info := range kinds.NewTable().All() {
		scopes[model.Scope{Group: info.Group, Kind: info.Kind}] = true
	}
	for _, change := range changes {
		if change.Put != nil {
			scopes[model.Scope{Group: change.Put.Group, Kind: change.Put.Kind}] = true
		}
	}
	var listed []snapshot.Change
	for scope := range scopes {
		listed = append(listed, snapshot.Change{Listed: &scope})
	}
	return listed
}

type verdict struct {
	control string
	object  *snapshot.Object
}

// judge returns the fingerprints of the findings and the outcome of each control on
// each object.
func judge(s *snapshot.Snapshot) (map[string]string, map[verdict]model.Outcome) {
	var mutex sync.Mutex
	outcomes := map[verdict]model.Outcome{}
	findings, _, _ := check.Run(s, all.Checks(), check.Options{Observe: func(c *check.Check, o *snapshot.Object, outcome model.Outcome) {
		mutex.Lock()
		defer mutex.Unlock()
		outcomes[verdict{c.ID, o}] = outcome
	}})
	// Of an object that files define twice, two findings can have one fingerprint.
	slices.SortFunc(findings, func(a, b model.Finding) int { return a.Compare(&b) })
	fingerprints := map[string]string{}
	for i := range findings {
		fingerprints[findings[i].Fingerprint()] = findings[i].Control + " " + findings[i].Object.ID.String() + ": " + findings[i].Message
	}
	return fingerprints, outcomes
}

// owned is a Deployment, its ReplicaSet and a pod with a container more than the
// template has, as a cluster holds them.
const owned = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-1
  namespace: shop
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: a, controller: true}]
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-1-x
  namespace: shop
  labels: {app: web}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, uid: b, controller: true}]
spec:
  containers: [{name: web, image: nginx}, {name: injected, image: proxy, securityContext: {privileged: true}}]
---
apiVersion: batch/v1
kind: Job
metadata:
  name: report-1
  namespace: shop
  ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: report, uid: c, controller: true}]
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: report, image: report}]}
`

// Hiding a kind gives no new finding and no new pass, over real applications, read
// as files and as if they were a cluster.
func TestHiddenKindsOverTheCorpus(t *testing.T) {
	changes := corpus(t)
	for name, live := range map[string]bool{"files": false, "live": true} {
		t.Run(name, func(t *testing.T) {
			settings := snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}, Live: live}
			all := changes
			if live {
				all = append(all[:len(all):len(all)], everythingListed(changes)...)
			}
			whole := snapshot.New(settings, all...)
			before, outcomes := judge(whole)
			for _, gk := range whole.Kinds() {
				hidden := []snapshot.Change{{Gap: &model.Gap{Scope: model.Scope{Group: gk.Group, Kind: gk.Kind}, Reason: "hidden"}}}
				for _, object := range whole.Objects(gk) {
					hidden = append(hidden, snapshot.Change{Delete: &object.ID})
				}
				after, then := judge(whole.With(hidden...))
				for fingerprint, text := range after {
					if before[fingerprint] == "" {
						t.Errorf("without %s there is a new finding: %s", gk, text)
					}
				}
				for v, outcome := range then {
					if outcome == model.Pass && outcomes[v] != model.Pass {
						t.Errorf("without %s, %s passes %s; before it was %s", gk, v.object.ID, v.control, outcomes[v])
					}
				}
			}
		})
	}
}

// Two runs over the same input say the same, whatever order the workers took.
func TestRunsAreAlike(t *testing.T) {
	s := snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, corpus(t)...)
	first, _ := judge(s)
	for range 3 {
		again, _ := judge(s)
		if len(again) != len(first) {
			t.Fatalf("%d findings, then %d", len(first), len(again))
		}
		for fingerprint := range first {
			if again[fingerprint] != first[fingerprint] {
				t.Fatalf("%q became %q", first[fingerprint], again[fingerprint])
			}
		}
	}
}
