package mesh_test

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/mesh"
)

// A gap names the object, where it stands, and the field.
func TestGaps(t *testing.T) {
	const text = `# nothing else
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a, namespace: app}
spec:
  rules:
  - from:
    - source:
        colours: [red]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: p, namespace: app}
spec:
  mtls: STRICT
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: s, namespace: app}
spec: {podSelector: {}, port: 80, mood: good}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: fine, namespace: app}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: "discoverySelectors: [{matchLabels: {mesh: yes}}]"
`
	var got []string
	for _, g := range mesh.Of(read(t, nil, []byte(text)).View()).Gaps() {
		got = append(got, fmt.Sprintf("%s:%d %s", g.File, g.Line, g.Reason))
	}
	want := []string{
		"case.yaml:9 app/a[AuthorizationPolicy] is not evaluated: spec.rules[0].from[0].source.colours is not understood",
		"case.yaml:15 app/p[PeerAuthentication] is not evaluated: spec.mtls is not understood: its value is of another kind, string",
		"case.yaml:20 app/s[Server] is not evaluated: spec.mood is not understood",
		"case.yaml:30 istio-system/istio[ConfigMap] is not evaluated: discoverySelectors are not evaluated",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
