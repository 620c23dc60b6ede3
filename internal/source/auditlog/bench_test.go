package auditlog

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/least"
	"holdfast.dev/holdfast/internal/model"
)

// generator is a log of so many events, made while it is read: what the API server
// writes at level Metadata, of 200 service accounts.
type generator struct {
	next, events int
	bytes        int64
	line         bytes.Buffer
}

func (g *generator) Read(p []byte) (int, error) {
	for g.line.Len() == 0 {
		if g.next == g.events {
			return 0, io.EOF
		}
		g.write(g.next)
		g.next++
	}
	n, err := g.line.Read(p)
	g.bytes += int64(n)
	return n, err
}

func (g *generator) write(i int) {
	verbs := []string{"get", "update", "patch", "delete"}
	fmt.Fprintf(&g.line, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"5c9a3f0e-7f8d-4d2a-9c11-%012d","stage":"ResponseComplete",`+
		`"requestURI":"/api/v1/namespaces/space-%d/configmaps/settings-%d?timeout=10s","verb":%q,"user":{"username":"system:serviceaccount:space-%d:web","uid":"0e4a1c0e-1111-4d2a-9c11-000000000000",`+
		`"groups":["system:serviceaccounts","system:serviceaccounts:space-%d","system:authenticated"],"extra":{"authentication.kubernetes.io/pod-name":["web-7d9c6b8f5-x2v4k"]}},`+
		`"sourceIPs":["10.0.0.7"],"userAgent":"web/v1.36.3 (linux/amd64) kubernetes/0000000","objectRef":{"resource":"configmaps","namespace":"space-%d","name":"settings-%d","apiVersion":"v1"},`+
		`"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2026-01-10T10:00:00.000001Z","stageTimestamp":"2026-01-10T10:00:00.004321Z",`+
		`"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by RoleBinding \"web/space\" of Role \"web\" to ServiceAccount \"web/space\""}}`+"\n",
		i, i%200, i%50, verbs[i%4], i%200, i%200, i%200, i%50)
}

// BenchmarkRead reads and gathers a million events.
func BenchmarkRead(b *testing.B) {
	const events = 1_000_000
	for b.Loop() {
		b.StopTimer()
		log := &generator{events: events}
		record := &least.Record{}
		b.StartTimer()
		_, err := New(Options{Paths: []string{"-"}, Stdin: log}).Read(b.Context(), func(u *least.Use) error {
			record.Add(u)
			return nil
		}, func(gap model.Gap) { b.Error(gap.Reason) })
		if err != nil || record.Uses != events {
			b.Fatal(err, record.Uses)
		}
		b.SetBytes(log.bytes)
	}
	b.ReportMetric(events*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
