package netpol

import (
	"strings"
	"testing"
)

func TestCilium(t *testing.T) {
	for _, test := range []pluginCase{
		{name: "own namespace by default", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [{port: "8080", protocol: TCP}]}]}]`), want: `
shop/web > shop/db 8080 = allowed
shop/web > shop/db 80 = denied
ops/tool > shop/db 8080 = denied
8.8.8.8 > shop/db 8080 = denied
shop/db > shop/web 80 = allowed`},
		{name: "another namespace by name, with prefixes", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {"any:app": db}}
  ingress: [{fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": ops, "k8s:app": web}}]}]`), want: `
ops/tool > shop/db 80 = allowed
shop/web > shop/db 80 = denied`},
		{name: "namespace labels", policies: cnp("shop", "p", `
  endpointSelector: {}
  ingress: [{fromEndpoints: [{matchLabels: {"k8s:io.cilium.k8s.namespace.labels.team": blue}}]}]`), want: `
ops/tool > shop/db 80 = allowed
shop/web > shop/db 80 = denied`},
		{name: "service account", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: web}}
  ingress: [{fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.serviceaccount: keeper}}]}]`), want: `
shop/db > shop/web 80 = allowed
ops/tool > shop/web 80 = denied`},
		{name: "clusterwide is about all namespaces", policies: ccnp("p", `
  endpointSelector: {matchLabels: {app: web}}
  ingress: [{fromEndpoints: [{}]}]`), want: `
shop/db > ops/tool 80 = allowed
shop/db > shop/web 80 = allowed
8.8.8.8 > ops/tool 80 = denied
8.8.8.8 > shop/db 80 = allowed`},
		{name: "an empty rule denies, an empty list says nothing", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{}]
  egress: []`), want: `
shop/web > shop/db 80 = denied
shop/db > shop/web 80 = allowed`},
		{name: "no rules at all", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: []`), want: `
shop/web > shop/db 80 = allowed`},
		{name: "default deny switched off", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  enableDefaultDeny: {ingress: false}
  ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}]}]
  ingress: [{fromEntities: [all], toPorts: [{ports: [{port: "53", protocol: ANY}]}]}]`), want: `
shop/web > shop/db 53 = denied
ops/tool > shop/db 80 = allowed`},
		{name: "deny beats allow, also that of a NetworkPolicy", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingressDeny: [{fromEndpoints: [{}], toPorts: [{ports: [{port: "1", endPort: 100}]}]}]`) + `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: shop}
spec: {podSelector: {}, ingress: [{}]}
`, want: `
shop/web > shop/db 100 = denied
shop/web > shop/db 101 = allowed
ops/tool > shop/db 80 = allowed`},
		{name: "allows add up with NetworkPolicies", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromEndpoints: [{}]}]`) + `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ops, namespace: shop}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}]}]}
`, want: `
shop/web > shop/db 80 = allowed
ops/tool > shop/db 80 = allowed
8.8.8.8 > shop/db 80 = denied`},
		{name: "blocks never mean pods", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  egress: [{toCIDR: [0.0.0.0/0]}, {toCIDRSet: [{cidr: "2001:db8::/32", except: ["2001:db8:1::/48"]}]}]`), want: `
shop/db > shop/web 80 = denied
shop/db > 8.8.8.8 80 = allowed
shop/db > 10.1.2.3 80 = allowed
shop/db > 2001:db8::1 80 = allowed
shop/db > 2001:db8:1::1 80 = denied`},
		{name: "a denied block may be a node's, which it does not mean", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  egressDeny: [{toCIDR: [10.0.0.0/8, 8.0.0.0/8]}]
  egress: [{toEntities: [all]}]`), want: `
shop/db > 8.8.8.8 80 = denied
shop/db > 10.1.2.3 80 = unknown
shop/db > shop/web 80 = allowed`},
		{name: "entities", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromEntities: [cluster]}]
  egress: [{toEntities: [world]}]`), want: `
ops/tool > shop/db 80 = allowed
ops/host > shop/db 80 = allowed
8.8.8.8 > shop/db 80 = denied
10.0.0.1 > shop/db 80 = unknown
shop/db > 8.8.8.8 80 = allowed
shop/db > shop/web 80 = denied`},
		{name: "one kind of node", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  egress: [{toEntities: [host, none, health]}]`), want: `
shop/db > ops/host 80 = unknown
shop/db > shop/web 80 = denied
shop/db > 8.8.8.8 80 = denied`, gaps: []string{"spec.egress[0].toEntities[0]: which node"}},
		{name: "layer 7 is perhaps", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress:
  - fromEndpoints: [{}]
    toPorts:
    - ports: [{port: "80"}]
      rules: {http: [{method: GET}]}
    - ports: [{port: "81"}]`), want: `
shop/web > shop/db 80 = unknown
shop/web > shop/db 81 = allowed
ops/tool > shop/db 80 = denied`, gaps: []string{"spec.ingress[0].toPorts[0].rules"}},
		{name: "names of hosts, with DNS for all names", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  egress:
  - toFQDNs: [{matchName: example.com}]
  - toEndpoints: [{matchLabels: {app: web}}]
    toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "*"}]}}]`), want: `
shop/db > 8.8.8.8 443 = unknown
shop/db > shop/web 53 = allowed`, gaps: []string{"spec.egress[0].toFQDNs"}},
		{name: "ports by name", policies: cnp("shop", "p", `
  endpointSelector: {}
  ingress: [{fromEndpoints: [{}], toPorts: [{ports: [{port: http}]}]}]
  egress: [{toEndpoints: [{}], toPorts: [{ports: [{port: http, protocol: TCP}]}]}]`), want: `
shop/db > shop/web 80 = allowed
shop/db > shop/web 8080 = denied
shop/db > ops/tool 8080 = denied`, gaps: []string{"a port by name"}},
		{name: "what another pod calls so", policies: cnp("shop", "p", `
  endpointSelector: {}
  egress: [{toEndpoints: [{}], toPorts: [{ports: [{port: http, protocol: TCP}]}]}]`), want: `
shop/db > shop/web 8080 = unknown
shop/db > shop/web 81 = denied`, gaps: []string{"a port by name"}},
		{name: "unknown fields", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromEndpoints: [{}], fromMoon: [{}]}]`), want: `
shop/web > shop/db 80 = unknown
shop/web > ops/tool 80 = allowed`, gaps: []string{"spec.ingress[0].fromMoon"}},
		{name: "an unknown field beside the rules", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromEndpoints: [{}]}]
  egresDeny: [{}]`), want: `
shop/web > shop/db 80 = unknown
shop/db > shop/web 80 = unknown`, gaps: []string{"spec.egresDeny"}},
		{name: "a denial that is not understood, next to what allows", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingressDeny: [{fromGroups: [{}], toPorts: [{ports: [{port: "80"}]}]}]
  ingress: [{fromEntities: [all]}]`), want: `
shop/web > shop/db 80 = unknown
shop/web > shop/db 81 = allowed`, gaps: []string{"fromGroups"}},
		{name: "about nodes", policies: ccnp("p", `
  nodeSelector: {}
  ingress: [{}]`), want: `
shop/web > ops/host 80 = unknown
shop/web > shop/db 80 = allowed`, gaps: []string{"spec.nodeSelector"}},
		{name: "health checks are about no pod", policies: ccnp("p", `
  endpointSelector: {matchLabels: {"reserved:health": ""}}
  ingress: [{fromEntities: [remote-node, host]}]`), want: `
shop/web > shop/db 80 = allowed`},
		{name: "requires and empty peers", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromRequires: [{matchLabels: {app: web}}]}]`) + cnp("shop", "q", `
  endpointSelector: {matchLabels: {app: web}}
  ingress: [{fromEndpoints: []}]`), want: `
shop/web > shop/db 80 = unknown
shop/db > shop/web 80 = unknown`, gaps: []string{"requires", "empty list of peers"}},
		{name: "an empty list of peers next to another one", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromEndpoints: [], fromCIDR: [8.8.8.8]}]`), want: `
8.8.8.8 > shop/db 80 = unknown
8.8.4.4 > shop/db 80 = denied`, gaps: []string{"next to another one"}},
		{name: "all specs are taken or none", policies: strings.Replace(cnp("shop", "p", `
  - {endpointSelector: {matchLabels: {app: db}}, ingress: [{}]}
  - {endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEntities: [mars]}]}`), "spec:", "specs:", 1), want: `
shop/web > shop/db 80 = unknown
shop/db > shop/web 80 = unknown
8.8.8.8 > ops/tool 80 = allowed`, gaps: []string{"mars", "mars"}},
		{name: "a spec without rules is not taken", policies: strings.Replace(cnp("shop", "p", `
  - {endpointSelector: {matchLabels: {app: db}}, ingress: [{}]}
  - {endpointSelector: {matchLabels: {app: web}}, ingress: []}`), "spec:", "specs:", 1), want: `
shop/web > shop/db 80 = unknown`, gaps: []string{"specs[1]: it has no rules", "specs[1]: it has no rules"}},
		{name: "the peers of a rule about ICMP are checked, and mean nothing", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromCIDRSet: [{cidr: 10.0.0.0/8, except: [11.0.0.0/16]}], icmps: [{fields: [{type: 8}]}]}]`) + cnp("shop", "q", `
  endpointSelector: {matchLabels: {app: web}}
  ingress: [{fromEntities: [kube-apiserver], icmps: [{fields: [{type: 8}]}]}]`), want: `
8.8.8.8 > shop/db 80 = unknown
8.8.8.8 > shop/web 80 = denied`, gaps: []string{"11.0.0.0/16"}},
		{name: "ICMP as a protocol of ports", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{toPorts: [{ports: [{port: "8", protocol: ICMP}]}]}]`), want: `
8.8.8.8 > shop/db 80 = unknown`, gaps: []string{"icmps is the field for it"}},
		{name: "default deny of a direction without rules", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  enableDefaultDeny: {egress: true}
  ingress: [{}]`), want: `
shop/web > shop/db 80 = denied
shop/db > shop/web 80 = unknown`, gaps: []string{"spec.enableDefaultDeny.egress"}},
		{name: "port 0 with an end", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{toPorts: [{ports: [{port: "0", endPort: 79, protocol: TCP}]}]}]
  egress: [{toPorts: [{ports: [{port: "0", endPort: 65535, protocol: TCP}]}]}]`), want: `
shop/web > shop/db 79 = unknown
shop/web > shop/db 80 = unknown
shop/db > shop/web 80 = allowed`, gaps: []string{"endPort"}},
		{name: "namespaces that are not something", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [ops]}]}]}]`) + cnp("shop", "q", `
  endpointSelector: {matchLabels: {app: web}}
  ingress: [{fromEndpoints: [{matchExpressions: [{key: app, operator: NotIn, values: [x]}]}]}]`), want: `
shop/web > shop/db 80 = allowed
ops/tool > shop/db 80 = denied
ops/host > shop/db 80 = unknown
8.8.8.8 > shop/db 80 = unknown
8.8.8.8 > shop/web 80 = denied`, gaps: []string{"policy-default-local-cluster"}},
		{name: "labels that Cilium leaves aside", policies: cnp("shop", "p", `
  endpointSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}
  ingress: [{}]`) + cnp("ops", "q", `
  endpointSelector: {matchLabels: {io.cilium.k8s.policy.name: x}}
  ingress: [{}]`), want: `
shop/web > shop/db 80 = unknown
shop/web > ops/tool 80 = unknown`, gaps: []string{"depends on its configuration", "depends on its configuration"}},
	} {
		t.Run(test.name, test.run)
	}
}

// Where blocks mean no pods, they mean nodes only if the plugin is told so.
func TestBlocksOfNodes(t *testing.T) {
	const cluster = shop + `
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: other}
spec: {hostNetwork: true, containers: [{name: c, image: i}]}
status: {podIP: 10.9.0.1}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.9.0.0/16}}]}]}
`
	for profile, want := range map[Profile]string{
		{Name: "cilium", HostNetwork: Ignores, PodBlocks: Ignores}: "undefined",
		{Name: "calico", HostNetwork: Ignores, PodBlocks: Applies}: "allowed",
	} {
		n := Model(files(t, cluster).View(), profile)
		ask(t, n, "shop/web>other/agent TCP/80="+want+" shop/web>10.9.0.2 TCP/80=allowed shop/web>8.8.8.8 TCP/80=denied")
	}
}
