package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The document of net generate keeps to its schema.
func TestNetGenerateKeepsToItsSchema(t *testing.T) {
	const name = "net-generate.schema.json"
	const shop = "../../examples/shop"
	seen := filepath.Join(t.TempDir(), "flows.csv")
	const flows = "source,destination,protocol,port\nshop/web,203.0.113.9,TCP,443\nshop/web,203.0.113.10,TCP,443\n198.51.100.7,shop/web,TCP,8080\nshop/web,shop/nobody,TCP,1\n"
	if err := os.WriteFile(seen, []byte(flows), 0o600); err != nil {
		t.Fatal(err)
	}
	meshed, meshless := filepath.Join(t.TempDir(), "meshed.csv"), filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(meshed, []byte("source,destination,protocol,port\nshop/web,shop/api,TCP,8080\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(meshless, []byte(meshlessShop), 0o600); err != nil {
		t.Fatal(err)
	}
	compiled := answerSchema(t, name)
	for _, question := range [][]string{
		{"--from-manifests", "-f", shop}, {"--from-flows", seen, "-f", shop}, {"--from-flows", seen, "-f", shop, "--merge-addresses", "24", "--api-server", "192.0.2.1:6443"},
		{"--from-flows", seen, "-f", shop, "-n", "kube-system", "--replace"}, {"--from-flows", meshed, "-f", "../../examples/mesh"},
		{"--from-flows", meshed, "-f", meshless, "--mesh", "ambient"},
	} {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(ran(t, append(append([]string{"net", "generate"}, question...), "-o", "json")...)))
		if err != nil {
			t.Fatalf("%v: %v", question, err)
		}
		if err := compiled.Validate(document); err != nil {
			t.Errorf("%v: %v", question, err)
		}
	}
	closed(t, name)
}

// meshlessShop does not hold its namespace.
const meshlessShop = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i, readinessProbe: {tcpSocket: {port: 8080}}}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {selector: {matchLabels: {app: api}}, template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, image: i}]}}}
`
