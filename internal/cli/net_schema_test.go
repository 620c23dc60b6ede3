package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const networkSample = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: web:1, ports: [{name: http, containerPort: 8080}]}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: ops}
spec: {selector: {matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true, containers: [{name: c, image: agent:1}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
    - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.9.0.0/16]}}]
      ports: [{port: http}]
`

const networkAdmin = `apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: web}
spec:
  priority: 5
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 5432}}]}]
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: l7, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: web}}, egress: [{toPorts: [{ports: [{port: "80"}], rules: {kafka: [{role: produce}]}}]}]}
`

// networkMesh makes web a server of Istio that lets some requests of some clients in.
const networkMesh = `---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: ops, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, rules: [{from: [{source: {namespaces: [ops]}}], to: [{operation: {methods: [GET]}}]}]}
`

// The documents of the questions keep to their schemas, in which nothing is left open.
func TestNetworkAnswersKeepToTheirSchemas(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	meshed := file("meshed.yaml", networkSample+networkMesh)
	sample, admin, empty := file("sample.yaml", networkSample), file("admin.yaml", networkSample+"---\n"+networkAdmin), file("empty.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n")
	for name, questions := range map[string][][]string{
		"net-list.schema.json": {{"list", "-f", sample}, {"list", "-f", admin}, {"list", "-f", empty}, {"list", "-f", sample, "--port", "http"}, {"list", "-f", meshed}},
		"net-explanation.schema.json": {
			{"explain", "ops/agent", "shop/web", "http", "-f", sample}, {"explain", "ops/agent", "shop/web", "-f", admin}, {"explain", "10.0.0.0/7", "shop/web", "-f", sample},
			{"explain", "shop/web", "::1", "53/UDP", "-f", sample}, {"explain", "ops/agent", "ops/agent", "-f", sample}, {"explain", "ops/agent", "shop/web", "-f", meshed}, {"explain", "10.0.0.0/7", "shop/web", "-f", meshed},
		},
		"net-diff.schema.json": {{"diff", sample, admin}, {"diff", sample, sample}, {"diff", empty, sample}, {"diff", sample, meshed}},
	} {
		compiled := answerSchema(t, name)
		for _, question := range questions {
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(ran(t, append(append([]string{"net"}, question...), "-o", "json")...)))
			if err != nil {
				t.Fatalf("%v: %v", question, err)
			}
			if err := compiled.Validate(document); err != nil {
				t.Errorf("%v: %v", question, err)
			}
		}
		closed(t, name)
	}
}

// So do the documents about the examples, each kind of question asked of each.
func TestNetworkAnswersOfExamplesKeepToTheirSchemas(t *testing.T) {
	source := map[string]string{"../../examples/control-plane": "kube-system/etcd", "../../examples/shop": "shop/api", "../../examples/shop-hardened": "shop/api"}
	for name, question := range map[string][]string{
		"net-list.schema.json": {"list", "-f"}, "net-exposure.schema.json": {"exposure", "-f"}, "net-mtls.schema.json": {"mtls", "-f"},
		"net-generate.schema.json": {"generate", "--from-manifests", "-f"}, "net-diff.schema.json": {"diff", "../../examples/shop-hardened"},
		"net-explanation.schema.json": {"explain", "0.0.0.0/0", "10.0.0.1", "-f"},
	} {
		compiled := answerSchema(t, name)
		for folder, workload := range source {
			args := append(append([]string{"net"}, question...), folder, "-o", "json")
			if question[0] == "explain" {
				args[3] = workload
			}
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(ran(t, args...)))
			if err != nil {
				t.Fatalf("%v: %v", args, err)
			}
			if err := compiled.Validate(document); err != nil {
				t.Errorf("%v: %v", args, err)
			}
		}
	}
}
