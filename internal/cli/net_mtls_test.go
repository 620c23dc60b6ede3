package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// What makes of webAndClients a mesh with everything that an item can have: a Service,
// a waypoint, a condition, an identity and a default. What is unread hides all of that.
const (
	webAndClients = "../analysis/mesh/testdata/web_client.yaml"
	meshed        = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: app, labels: {istio.io/use-waypoint: waypoint}}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: app}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: app}
spec: {targetRefs: [{kind: Service, group: "", name: web}], rules: [{to: [{operation: {methods: [GET]}}]}]}
`
	unread = "kind: Service\nmetadata: {name: web: x}\n"
)

func TestMTLSKeepsToItsSchema(t *testing.T) {
	dir := t.TempDir()
	file, gap := filepath.Join(dir, "mesh.yaml"), filepath.Join(dir, "gap.yaml")
	for name, text := range map[string]string{file: meshed, gap: unread} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	compiled := answerSchema(t, "net-mtls.schema.json")
	for _, flags := range [][]string{{}, {"-f", gap}, {"--mesh", "linkerd"}, {"--mesh", "sidecar"}, {"-n", "none"}} {
		out := ran(t, append([]string{"net", "mtls", "-f", webAndClients, "-f", file, "-o", "json"}, flags...)...)
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(document); err != nil {
			t.Errorf("%v: %v", flags, err)
		}
	}
	closed(t, "net-mtls.schema.json")
}
