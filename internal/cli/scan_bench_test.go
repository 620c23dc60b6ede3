package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkScan runs "holdfast scan" in process over generated corpora. make bench
// measures the same as a whole process, with its memory.
func BenchmarkScan(b *testing.B) {
	for _, n := range []int{1, 100, 1000, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			folder := filepath.Join(b.TempDir(), "corpus")
			out, err := exec.Command("go", "run", "holdfast.dev/holdfast/tools/corpus", "-n", fmt.Sprint(n), "-dir", folder).CombinedOutput()
			if err != nil {
				b.Fatalf("%v: %s", err, out)
			}
			b.ResetTimer()
			for range b.N {
				status := Main(context.Background(), Build{}, Streams{In: strings.NewReader(""), Out: io.Discard, Err: os.Stderr}, []string{"scan", "--fail-on", "none", folder})
				if status == exitFindings {
					b.Fatalf("status %d", status)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/manifest")
		})
	}
}
