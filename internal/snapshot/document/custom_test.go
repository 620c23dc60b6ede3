package document

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/snapshot"
)

// Custom resources that are known to have a namespace lie where kubectl would put them;
// those of the whole cluster, and those of which nobody knows, have none.
func TestCustomResourcesWithoutNamespace(t *testing.T) {
	tests := []struct{ apiVersion, kind, want string }{
		{"security.istio.io/v1", "AuthorizationPolicy", "shop"},
		{"networking.istio.io/v1", "VirtualService", "shop"},
		{"policy.linkerd.io/v1beta3", "Server", "shop"},
		{"gateway.networking.k8s.io/v1alpha2", "TCPRoute", "shop"},
		{"gateway.networking.k8s.io/v1", "GatewayClass", ""},
		{"cilium.io/v2", "CiliumNetworkPolicy", "shop"},
		{"cilium.io/v2", "CiliumClusterwideNetworkPolicy", ""},
		{"projectcalico.org/v3", "NetworkPolicy", "shop"},
		{"crd.projectcalico.org/v1", "NetworkSet", "shop"},
		{"crd.projectcalico.org/v1", "GlobalNetworkPolicy", ""},
		{"example.com/v1", "Whatever", ""},
	}
	for _, test := range tests {
		for said, want := range map[string]string{"": test.want, "other": "other"} {
			if said != "" && test.want == "" {
				continue
			}
			text := fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: a, namespace: %q}\nspec: {}\n", test.apiVersion, test.kind, said)
			found := false
			NewDecoder("shop").Decode(Text{Data: []byte(text)}, func(c snapshot.Change) {
				if c.Put == nil {
					return
				}
				found = true
				if c.Put.Namespace != want {
					t.Errorf("%s %s of namespace %q lies in %q, want %q", test.apiVersion, test.kind, said, c.Put.Namespace, want)
				}
			})
			if !found {
				t.Errorf("%s %s: no object", test.apiVersion, test.kind)
			}
		}
	}
}
