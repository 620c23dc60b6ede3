package exposure

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
)

const meshedShop = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
`

// What leads to web, and what its mesh lets in.
const (
	toWeb = `---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {ingressClassName: nginx, rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
`
	nginx = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: nginx, namespace: edge}
spec: {selector: {matchLabels: {app: nginx}}, template: {metadata: {labels: {app: nginx}}, spec: {serviceAccountName: nginx, containers: [{name: c, image: registry.k8s.io/ingress-nginx/controller:v1.12.0}]}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: edge, labels: {%s}}
`
	strictShop = "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: strict, namespace: shop}\nspec: {mtls: {mode: STRICT}}\n"
	fromEdge   = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: edge, namespace: shop}\nspec: {rules: [{from: [{source: {principals: [cluster.local/ns/edge/sa/nginx]}}]}]}\n"
	readOnly   = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: read, namespace: shop}\nspec: {rules: [{to: [{operation: {methods: [GET]}}]}]}\n"
)

// What a mesh keeps out is not exposed, and of a proxy that was not supplied nobody
// knows whether it is kept out.
func TestMeshOfPaths(t *testing.T) {
	inside, outside := fmt.Sprintf(nginx, "istio-injection: enabled"), fmt.Sprintf(nginx, "")
	for _, test := range []struct {
		name, files string
		way         Way
		want        Verdict
		access      mesh.Access
	}{
		{"plaintext is taken", "", LoadBalancer, Exposed, mesh.Allowed},
		{"mutual TLS only", strictShop, LoadBalancer, Denied, mesh.Denied},
		{"some requests", readOnly, LoadBalancer, Exposed, mesh.Conditional},
		{"a proxy in no mesh", toWeb + outside + strictShop, Ingress, Denied, mesh.Denied},
		{"a proxy of the mesh", toWeb + inside + strictShop, Ingress, Exposed, mesh.Allowed},
		{"a proxy of the mesh that is let in", toWeb + inside + strictShop + fromEdge, Ingress, Exposed, mesh.Allowed},
		{"a proxy in no mesh that is not", toWeb + outside + fromEdge, Ingress, Denied, mesh.Denied},
		{"a proxy that is not known", toWeb, Ingress, Exposed, mesh.Allowed},
		{"a proxy that is not known, mutual TLS", toWeb + strictShop, Ingress, Unknown, mesh.AccessUnknown},
		{"a proxy that is not known, principals", toWeb + fromEdge, Ingress, Unknown, mesh.AccessUnknown},
		{"a proxy that is not known, requests", toWeb + readOnly, Ingress, Exposed, mesh.Conditional},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := written(decode(t, "shop.yaml", meshedShop+test.files)...).View()
			policies := Under(v, netpol.Profile{})
			meshes := Meshes(v, policies)
			paths := Of(v, "").Paths
			for i := range paths {
				if paths[i].Way != test.way || paths[i].Target.Workload.Object.Name != "web" {
					continue
				}
				if e := Enter(&paths[i], policies, meshes); e.Verdict != test.want || e.Mesh == nil || e.Mesh.Access != test.access {
					t.Errorf("%s, mesh %+v, want %s, %s", e.Verdict, e.Mesh, test.want, test.access)
				}
				return
			}
			t.Fatal("no path")
		})
	}
}
