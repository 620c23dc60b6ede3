package mesh_test

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// large is a mesh of many workloads, each with a Service and a policy.
func large(b *testing.B, count int) *snapshot.Snapshot {
	b.Helper()
	var text strings.Builder
	for i := range count {
		ns := fmt.Sprintf("ns-%d", i/20)
		if i%20 == 0 {
			fmt.Fprintf(&text, "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {istio-injection: enabled}}\n", ns)
		}
		fmt.Fprintf(&text, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w%d, namespace: %s}\nspec: {selector: {matchLabels: {app: w%d}}, template: {metadata: {labels: {app: w%d}}, spec: {serviceAccountName: w%d, containers: [{name: c, image: x, ports: [{containerPort: 80}]}]}}}\n", i, ns, i, i, i)
		fmt.Fprintf(&text, "---\napiVersion: v1\nkind: Service\nmetadata: {name: w%d, namespace: %s}\nspec: {selector: {app: w%d}, ports: [{name: http, port: 80}]}\n", i, ns, i)
		fmt.Fprintf(&text, "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: w%d, namespace: %s}\nspec: {selector: {matchLabels: {app: w%d}}, rules: [{from: [{source: {namespaces: [%s]}}]}]}\n", i, ns, i, ns)
	}
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "large.yaml", Data: []byte(text.String()), Asked: true}, func(c snapshot.Change) { changes = append(changes, c) })
	return snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, changes...)
}

// BenchmarkAllPairs asks for every client of every port.
func BenchmarkAllPairs(b *testing.B) {
	for _, count := range []int{100, 1000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			s := large(b, count)
			for b.Loop() {
				m := mesh.Of(s.With().View())
				for _, server := range m.Workloads() {
					for _, port := range m.Ports(server) {
						asked := map[int]bool{}
						for _, client := range m.Workloads() {
							if class := m.Class(client, server); !asked[class] {
								asked[class] = true
								m.Verdict(client, server, port)
							}
						}
					}
				}
			}
		})
	}
}
