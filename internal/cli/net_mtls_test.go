package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A mesh with everything that an item can have: a Service, a waypoint, a condition,
// an identity, a default and a gap.
const meshed = `
apiVersion: v1
kind: Namespace
metadata: {name: app, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: waypoint}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: client, namespace: elsewhere}
spec:
  selector: {matchLabels: {app: client}}
  template:
    metadata: {labels: {app: client}}
    spec: {containers: [{name: client, image: client}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: app}
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
---
apiVersion: v1
kind: Service
metadata: {name: web: x}
`

func TestMTLSKeepsToItsSchema(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mesh.yaml")
	if err := os.WriteFile(file, []byte(meshed), 0o600); err != nil {
		t.Fatal(err)
	}
	compiled := answerSchema(t, "net-mtls.schema.json")
	for _, flags := range [][]string{{}, {"--mesh", "linkerd"}, {"--mesh", "sidecar"}, {"-n", "none"}} {
		out := ran(t, append([]string{"net", "mtls", "-f", file, "-o", "json"}, flags...)...)
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
