package manifest

import (
	"os"
	"testing"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/source/sourcetest"
)

// TestSuite runs what every source must satisfy, on files, charts and
// kustomizations, and on everything that is wrong with them.
func TestSuite(t *testing.T) {
	for archive, paths := range map[string][]string{
		"chart": {"web", "charts", "useslib", "linked", "novalues", "nometa"}, "folders": {"."}, "kustomize": {"."}, "links": {"."},
	} {
		t.Run(archive, func(t *testing.T) {
			unpack(t, archive)
			sourcetest.Run(t, func(testing.TB) snapshot.Source { return New(Options{Paths: paths}) })
		})
	}
	t.Run("corpus", func(t *testing.T) {
		if _, err := os.Stat(shared + "/corpus"); err != nil {
			t.Skip("../shared/corpus is missing: the public applications are needed")
		}
		sourcetest.Run(t, func(testing.TB) snapshot.Source { return New(Options{Paths: []string{shared + "/corpus"}}) })
	})
}
