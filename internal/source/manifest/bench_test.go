package manifest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/snapshot"
)

// BenchmarkFolder reads generated manifests from disk, one in a file.
func BenchmarkFolder(b *testing.B) {
	for _, count := range []string{"100", "1000", "10000"} {
		b.Run(count, func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "corpus")
			command := exec.Command("go", "run", "./tools/corpus", "-n", count, "-dir", dir)
			command.Dir = "../../.."
			if out, err := command.CombinedOutput(); err != nil {
				b.Skipf("tools/corpus does not run: %v\n%s", err, out)
			}
			benchmark(b, dir)
		})
	}
}

// BenchmarkRender renders public applications.
func BenchmarkRender(b *testing.B) {
	for name, path := range map[string]string{
		"chart":         shared + "/corpus/online-boutique/helm-chart",
		"kustomization": shared + "/corpus/online-boutique/kustomize/tests/memorystore-with-all-components",
	} {
		b.Run(name, func(b *testing.B) {
			if _, err := os.Stat(path); err != nil {
				b.Skip("../shared/corpus is missing: the public applications are needed")
			}
			benchmark(b, path)
		})
	}
}

func benchmark(b *testing.B, path string) {
	b.ReportAllocs()
	objects := 0
	for b.Loop() {
		objects = 0
		err := New(Options{Paths: []string{path}}).Read(context.Background(), func(change snapshot.Change) error {
			if change.Put != nil {
				objects++
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(objects), "objects")
}
