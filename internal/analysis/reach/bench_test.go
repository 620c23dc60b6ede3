package reach

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkMesh lists every connection of 1,000 workloads in a mesh, each with an
// account, a Service and an AuthorizationPolicy of its own.
func BenchmarkMesh(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		ns := fmt.Sprintf("ns%02d", i/50)
		if i%50 == 0 {
			text.WriteString(space(ns, "istio-injection: enabled"))
		}
		name := fmt.Sprintf("w%03d", i)
		text.WriteString(strings.Replace(deployment(ns, name, "", 2), "spec: {containers", "spec: {serviceAccountName: "+name+", containers", 1) + service(ns, name, ""))
		text.WriteString(object(security, "AuthorizationPolicy", ns, name, fmt.Sprintf("{selector: {matchLabels: {app: %s}}, rules: [{from: [{source: {namespaces: [%s]}}]}]}", name, ns)))
	}
	n := network(b, text.String())
	for b.Loop() {
		count := 0
		for range n.Connections() {
			count++
		}
		b.ReportMetric(float64(count), "connections")
		n.mesh.known = map[situation]Access{}
	}
}
