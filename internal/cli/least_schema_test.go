package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The documents of rbac least and unused keep to their schemas.
func TestLeastKeepsToItsSchemas(t *testing.T) {
	const shop = "../../examples/shop/access.yaml"
	log := filepath.Join(t.TempDir(), "audit.log")
	const events = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"1","stage":"ResponseComplete","verb":"get","requestURI":"/api/v1/namespaces/shop/pods/web-7d9c6b8f5-x2v4k","user":{"username":"system:serviceaccount:shop:default","groups":["system:serviceaccounts:shop"]},"annotations":{"authorization.k8s.io/decision":"allow"},"stageTimestamp":"2026-01-10T10:00:00Z"}
{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"2","stage":"ResponseComplete","verb":"create","requestURI":"/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles","user":{"username":"admin","groups":["system:masters"]},"annotations":{"authorization.k8s.io/decision":"allow"}}
{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"3","stage":"ResponseComplete","verb":"get","requestURI":"/logs/*","user":{"username":"admin","groups":["system:masters"]},"annotations":{"authorization.k8s.io/decision":"allow"}}
no event
`
	if err := os.WriteFile(log, []byte(events), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, questions := range map[string][][]string{
		"rbac-least.schema.json": {
			{"least", "--from-audit", log}, {"least", "--from-audit", log, "-f", shop}, {"least", "--from-audit", log, "--subject", "user:admin"},
			{"least", "--from-manifests", "-f", shop},
		},
		"rbac-unused.schema.json": {{"unused", "--from-audit", log, "-f", shop}, {"unused", "--from-audit", log, "-f", shop, "--since", "2030-01-01"}},
	} {
		compiled := answerSchema(t, name)
		for _, question := range questions {
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(ran(t, append(append([]string{"rbac"}, question...), "-o", "json")...)))
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
