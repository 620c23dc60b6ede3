package manifest

import (
	"context"
	"os"
	"testing"

	"holdfast.dev/holdfast/internal/snapshot"
)

const shared = "../../../../shared"

func TestCorpus(t *testing.T) {
	if _, err := os.Stat(shared + "/corpus"); err != nil {
		t.Skip("the corpus is missing:", err)
	}
	for _, app := range []string{"argo-cd", "istio-bookinfo", "kubernetes-goat", "online-boutique"} {
		objects, gaps := 0, 0
		err := New(Options{Paths: []string{shared + "/corpus/" + app}}).Read(context.Background(), func(change snapshot.Change) error {
			if change.Put != nil && !change.Put.Implied {
				objects++
			}
			if change.Gap != nil {
				gaps++
				t.Logf("%+v", *change.Gap)
			}
			return nil
		})
		if err != nil || objects == 0 {
			t.Errorf("%s: %d objects, %v", app, objects, err)
		}
		t.Log(app, objects, gaps)
	}
}
