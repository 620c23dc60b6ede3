package netpol

import "testing"

func TestCalico(t *testing.T) {
	const deny = `
  order: 2000
  selector: all()
  types: [Ingress, Egress]
  ingress: [{action: Deny}]
  egress: [{action: Deny}]`
	for _, test := range []pluginCase{
		{name: "no policy selects: allowed", policies: calicoNP("shop", "p", `
  selector: app == 'nobody'
  ingress: [{action: Deny}]`), want: `
shop/web > shop/db 80 = allowed`},
		{name: "end of the tier", policies: calicoNP("shop", "p", `
  selector: app == 'db'
  ingress: [{action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [80, "8000:8080"]}}]`), want: `
shop/web > shop/db 80 = allowed
shop/web > shop/db 8080 = allowed
shop/web > shop/db 81 = denied
ops/tool > shop/db 80 = denied
shop/db > shop/web 80 = allowed`},
		{name: "order", policies: calicoNP("shop", "p", `
  order: 20
  selector: app == 'db'
  ingress: [{action: Allow}]`) + calicoGNP("q", `
  order: 10
  selector: has(app)
  types: [Ingress]
  ingress: [{action: Deny, source: {namespaceSelector: team == 'blue'}}, {action: Log}]`), want: `
ops/tool > shop/db 80 = denied
shop/web > shop/db 80 = allowed
8.8.8.8 > shop/db 80 = allowed
8.8.8.8 > shop/web 80 = denied`},
		{name: "one order, two kinds", policies: calicoNP("shop", "p", `
  selector: app == 'db'
  ingress: [{action: Allow}]`) + calicoGNP("q", `
  selector: app == 'db'
  types: [Ingress]
  ingress: [{action: Deny, source: {nets: [8.0.0.0/8]}}]`), want: `
8.8.8.8 > shop/db 80 = undefined
9.9.9.9 > shop/db 80 = allowed`},
		{name: "NetworkPolicies stand at 1000", policies: calicoGNP("late", deny) + `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{}]}
`, want: `
shop/web > shop/db 80 = allowed
shop/db > shop/web 80 = denied
ops/tool > shop/db 80 = denied`},
		{name: "tiers", policies: `---
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: security}
spec: {order: 100}
` + calicoGNP("security.first", `
  tier: security
  selector: app == 'db'
  types: [Ingress]
  ingress:
  - {action: Deny, source: {nets: [8.0.0.0/8]}}
  - {action: Pass, source: {selector: app == 'web'}}`) + calicoNP("shop", "p", `
  selector: app == 'db'
  ingress: [{action: Allow, protocol: TCP, destination: {ports: [80]}}]`), want: `
8.8.8.8 > shop/db 80 = denied
9.9.9.9 > shop/db 80 = denied
shop/web > shop/db 80 = allowed
shop/web > shop/db 81 = denied
ops/tool > shop/db 80 = allowed`},
		{name: "a tier that passes", policies: `---
apiVersion: crd.projectcalico.org/v1
kind: Tier
metadata: {name: security}
spec: {order: 100, defaultAction: Pass}
` + calicoGNP("security.first", `
  tier: security
  selector: app == 'db'
  types: [Ingress]
  ingress: [{action: Deny, source: {notNets: [8.0.0.0/8]}}]`), want: `
9.9.9.9 > shop/db 80 = denied
8.8.8.8 > shop/db 80 = allowed`},
		{name: "a tier that is not there", policies: calicoGNP("x.p", `
  tier: x
  selector: app == 'db'
  types: [Ingress]
  ingress: [{action: Allow}]`), want: `
shop/web > shop/db 80 = unknown
shop/db > ops/tool 80 = allowed`, gaps: []string{"tier x was not supplied"}},
		{name: "network sets", policies: `---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: partners, labels: {role: partner}}
spec: {nets: [8.0.0.0/8]}
---
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: near, namespace: shop, labels: {role: partner}}
spec: {nets: [9.9.9.9]}
` + calicoNP("shop", "p", `
  selector: app == 'db'
  egress: [{action: Allow, destination: {selector: role == 'partner'}}]`) + calicoNP("shop", "q", `
  selector: app == 'web'
  egress: [{action: Allow, destination: {selector: role == 'partner', namespaceSelector: global()}}]`), want: `
shop/db > 9.9.9.9 80 = allowed
shop/db > 8.8.8.8 80 = denied
shop/web > 8.8.8.8 80 = allowed
shop/web > 9.9.9.9 80 = denied
shop/web > ops/tool 80 = denied`},
		{name: "service accounts and not selectors", policies: calicoNP("shop", "p", `
  selector: app == 'web'
  ingress:
  - {action: Allow, source: {serviceAccounts: {names: [keeper]}}}
  - {action: Allow, source: {notSelector: "app in {'host', 'db'}", namespaceSelector: all()}}`), want: `
shop/db > shop/web 80 = allowed
ops/tool > shop/web 80 = allowed
8.8.8.8 > shop/web 80 = denied`},
		{name: "protocols and ports that are not meant", policies: calicoGNP("p", `
  selector: app == 'db'
  types: [Ingress]
  ingress:
  - {action: Allow, protocol: ICMP}
  - {action: Deny, notProtocol: 6}
  - {action: Allow, protocol: TCP, destination: {notPorts: [22]}}`), want: `
8.8.8.8 > shop/db 80 = allowed
8.8.8.8 > shop/db 22 = denied`},
		{name: "ports by name", policies: calicoGNP("p", `
  selector: all()
  types: [Ingress]
  ingress: [{action: Allow, protocol: TCP, destination: {ports: [http]}}]`), want: `
shop/db > shop/web 80 = allowed
shop/web > shop/db 8080 = allowed
shop/web > shop/db 80 = denied
shop/web > ops/host 80 = allowed`},
		{name: "what narrows a rule makes it perhaps", policies: calicoNP("shop", "p", `
  selector: app == 'db'
  ingress:
  - {action: Allow, http: {methods: [GET]}, source: {selector: app == 'web'}}`), want: `
shop/web > shop/db 80 = unknown
ops/tool > shop/db 80 = denied`, gaps: []string{"spec.ingress[0].http"}},
		{name: "services and unknown fields", policies: calicoNP("shop", "p", `
  selector: app == 'db'
  egress: [{action: Allow, destination: {services: {name: web}}}]`) + calicoNP("shop", "q", `
  selector: app == 'web'
  egress: [{action: Allow, toMoon: 1}]`), want: `
shop/db > shop/web 80 = unknown
shop/web > shop/db 80 = unknown`, gaps: []string{"services", "toMoon"}},
		{name: "network sets that are not understood", policies: `---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: partners, labels: {role: partner}}
spec: {nets: [8.0.0.0/8], allowedEgressDomains: [example.com]}
` + calicoGNP("p", `
  selector: app == 'db'
  types: [Egress]
  egress: [{action: Allow, destination: {selector: role == 'partner'}}, {action: Allow, destination: {selector: app == 'web'}}]`), want: `
shop/db > 8.8.8.8 80 = allowed
shop/db > 9.9.9.9 80 = unknown
shop/db > shop/web 80 = allowed`, gaps: []string{"allowedEgressDomains"}},
		{name: "traffic through nodes", policies: calicoGNP("p", `
  selector: all()
  applyOnForward: true
  ingress: [{action: Allow}]`), want: `
shop/web > shop/db 80 = unknown`, gaps: []string{"applyOnForward"}},
		{name: "host endpoints", policies: `---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: node, labels: {role: node}}
spec: {node: node}
`, want: `
shop/web > ops/host 80 = unknown
shop/web > shop/db 80 = allowed`, gaps: []string{"HostEndpoint"}},
		{name: "a broken selector", policies: calicoGNP("p", `
  selector: app = 'db'
  ingress: [{action: Allow}]`), want: `
shop/web > shop/db 80 = unknown`, gaps: []string{"spec.selector"}},
		{name: "labels of namespaces that were not supplied", policies: calicoGNP("p", `
  namespaceSelector: team == 'red' && projectcalico.org/name != 'ops'
  types: [Ingress]`), want: `
ops/tool > shop/db 80 = denied
shop/db > ops/tool 80 = allowed`},
		{name: "types by rules", policies: calicoNP("shop", "p", `
  selector: app == 'db'
  egress: [{action: Allow, destination: {nets: [8.0.0.0/8]}}]`), want: `
shop/web > shop/db 80 = allowed
shop/db > shop/web 80 = denied
shop/db > 8.8.8.8 80 = allowed`},
		{name: "types that were not stored", policies: calicoGNP("p", `
  selector: app == 'db'
  ingress: [{action: Allow, source: {nets: [8.0.0.0/8]}}]`), want: `
8.8.8.8 > shop/db 80 = allowed
9.9.9.9 > shop/db 80 = denied
shop/db > shop/web 80 = unknown`, gaps: []string{"spec.types"}},
		{name: "the same object in both groups", policies: calicoGNP("default.p", `
  selector: app == 'db'
  types: [Ingress]`) + `---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: p}
spec: {selector: app == 'web', types: [Ingress]}
`, want: `
shop/web > shop/db 80 = unknown`, gaps: []string{"says something else"}},
	} {
		t.Run(test.name, test.run)
	}
}
