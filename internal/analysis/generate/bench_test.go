package generate_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/generate"
)

// A cluster of so many workloads in namespaces of twenty, each of which connects to
// three others; once without a mesh, and once in ambient mode.
func BenchmarkGenerate(b *testing.B) {
	for _, bench := range []struct {
		name, meta string
		count      int
	}{{"100", "labels: {}", 100}, {"1000", "labels: {}", 1000}, {"ambient/1000", ambient, 1000}} {
		b.Run(bench.name, func(b *testing.B) {
			count := bench.count
			var text strings.Builder
			text.WriteString(dnsText)
			for i := 0; i < count; i += 20 {
				fmt.Fprintf(&text, "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ns%d, %s}\n", i/20, bench.meta)
			}
			side := func(i int) generate.Side {
				return generate.Side{Namespace: fmt.Sprintf("ns%d", i/20), Name: fmt.Sprintf("w%d", i)}
			}
			for i := range count {
				fmt.Fprintf(&text, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w%[1]d, namespace: ns%[2]d}\nspec: {replicas: 2, selector: {matchLabels: {app: w%[1]d}}, template: {metadata: {labels: {app: w%[1]d}}, spec: {containers: [{name: c, image: i}]}}}\n", i, i/20)
			}
			r := rand.New(rand.NewPCG(1, 2))
			var flows []generate.Flow
			for i := range count {
				for range 3 {
					flows = append(flows, generate.Flow{Src: side(i), Dst: side(r.IntN(count)), Port: 8080})
				}
			}
			s := files(b, text.String())
			for b.Loop() {
				collector := generate.NewCollector(s.View(), generate.Options{MergeBits: generate.NoMerge})
				for i := range flows {
					collector.Observe(&flows[i])
				}
				result := collector.Generate()
				if result.Certificate.Exact != generate.Proved || result.Certificate.Irredundant != generate.Proved {
					b.Fatal(result.Certificate.Exact, result.Certificate.Irredundant)
				}
				b.ReportMetric(float64(result.Certificate.Parts), "parts")
			}
		})
	}
}
