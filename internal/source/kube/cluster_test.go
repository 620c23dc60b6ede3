package kube

import (
	"context"
	"os"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"holdfast.dev/holdfast/internal/analysis/secret"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/test/cluster"
)

var shared = cluster.NewShared(cluster.WithControllers())

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

func redact() func(*snapshot.Object) {
	return secret.NewDetector([]byte("a key that is no secret")).Redact
}

// readAll reads a cluster and sorts what was emitted.
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

func TestScratch(t *testing.T) {
	c := shared.Start(t)
	start := time.Now()
	s := readAll(t, Options{Config: c.Config(), AllResources: true})
	t.Log(time.Since(start))
	for _, gk := range s.Kinds() {
		o := s.Objects(gk)[0]
		t.Logf("%s %d %s %T %+v", gk, len(s.Objects(gk)), o.ID, o.Body, o.Origin)
	}
	for _, g := range s.Gaps() {
		t.Log(g)
	}
	v, err := New(Options{Config: c.Config(), Redact: redact()}).Version(context.Background())
	t.Log(v, err)
	_, err = New(Options{Config: &rest.Config{Host: c.URL}, Redact: redact()}).Version(context.Background())
	t.Log(err)
	_, err = New(Options{Config: &rest.Config{Host: "https://127.0.0.1:1"}, Redact: redact()}).Version(context.Background())
	t.Log(err)
}
