package mesh

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator draws clusters as files hold them.
type generator struct {
	*rand.Rand
	documents []string
	plane     string // the label of the namespaces in the mesh
}

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.IntN(n) == 0 }

func (g *generator) add(format string, args ...any) {
	g.documents = append(g.documents, fmt.Sprintf(format, args...))
}

// cluster draws one.
func cluster(seed uint64) []string {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
	g.plane = pick(g, "istio-injection: enabled", "istio-injection: enabled", "istio.io/dataplane-mode: ambient")
	if g.chance(2) {
		g.settings()
	}
	for _, namespace := range []string{"app", "other"} {
		g.add("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {%s}}", namespace, g.plane)
	}
	g.add("apiVersion: v1\nkind: Namespace\nmetadata: {name: plain, labels: {team: old}}")
	if g.chance(4) {
		g.add("apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system, labels: {%s}}", g.plane)
		g.workload("istio-system", "client", "client", "[{containerPort: 8080}]")
	} else {
		g.add("apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system, labels: {team: mesh}}")
	}
	g.workload("app", "web", "web", "[{name: named, containerPort: 8080}, {containerPort: 9090}]")
	g.workload("app", "client", "client", "[]")
	g.workload("other", "client", "default", "[]")
	g.workload("plain", "client", "default", "[]")
	g.services()
	if g.chance(2) {
		g.add("apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: app}\nspec: {selector: {app: nobody}, ports: [{name: http, port: 80}]}")
	}
	for range g.IntN(4) {
		g.peerAuthentication()
	}
	for range g.IntN(4) {
		g.authorizationPolicy()
	}
	for range g.IntN(3) {
		g.destinationRule()
	}
	if g.chance(6) {
		g.sidecar()
	}
	if g.chance(6) {
		g.add("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\n%s}\nspec: {jwtRules: [{issuer: a, jwks: '{\"keys\": []}'}]}", g.metadata("r", g.namespace()))
	}
	return g.documents
}

func (g *generator) settings() {
	var lines []string
	if g.chance(2) {
		lines = append(lines, "trustDomain: "+pick(g, "td1", "cluster.local"))
	}
	if g.chance(2) {
		lines = append(lines, "trustDomainAliases: "+pick(g, "[td2]", "[td2, cluster.local]", "[old-td1]"))
	}
	if g.chance(4) {
		lines = append(lines, "enableAutoMtls: false")
	}
	if g.chance(4) {
		lines = append(lines, "defaultDestinationRuleExportTo: "+pick(g, `["."]`, `["*"]`))
	}
	if g.chance(2) {
		lines = append(lines, "extensionProviders: [{name: web, envoyExtAuthzHttp: {service: a.app.svc.cluster.local, port: 80}}, {name: wire, envoyExtAuthzGrpc: {service: a.app.svc.cluster.local, port: 80}}]")
	}
	g.add("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    rootNamespace: istio-system\n    %s", strings.Join(lines, "\n    "))
}

func (g *generator) workload(namespace, name, account, ports string) {
	g.add(`apiVersion: apps/v1
kind: Deployment
metadata: {name: %[2]s, namespace: %[1]s}
spec:
  selector: {matchLabels: {app: %[2]s}}
  template:
    metadata: {labels: {app: %[2]s, tier: %[5]s}}
    spec: {serviceAccountName: %[3]s, containers: [{name: a, image: a, ports: %[4]s}]}`, namespace, name, account, ports, pick(g, "front", "back"))
}

func (g *generator) services() {
	for i := range g.IntN(3) {
		var ports []string
		for j := range 1 + g.IntN(2) {
			port := fmt.Sprintf("{name: %s%d, port: %d, targetPort: %s", pick(g, "http-", "tcp-", "grpc-", "https-", "any-", "mongo-", "http2-", "tls-"), j, []int{80, 9090}[j], pick(g, "8080", "9090", "named"))
			if g.chance(4) {
				port += ", appProtocol: " + pick(g, "http", "tcp", "https", "kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss", "grpc-web", "thing")
			}
			ports = append(ports, port+"}")
		}
		headless := ""
		if g.chance(6) {
			headless = "clusterIP: None, "
		}
		g.add("apiVersion: v1\nkind: Service\nmetadata: {name: web%s, namespace: app}\nspec: {%sselector: {app: web}, ports: [%s]}", []string{"", "2"}[i], headless, strings.Join(ports, ", "))
	}
}

// metadata is that of an object that istiod orders by age.
func (g *generator) metadata(name, namespace string) string {
	created := ""
	if !g.chance(8) {
		created = fmt.Sprintf(`, creationTimestamp: "2026-01-%02dT00:00:00Z"`, 1+g.IntN(20))
	}
	return fmt.Sprintf("metadata: {name: %s%d, namespace: %s%s", name, len(g.documents), namespace, created)
}

func (g *generator) namespace() string {
	return pick(g, "app", "app", "other", "istio-system")
}

func (g *generator) selector() string {
	return pick(g, "", "", "selector: {matchLabels: {app: web}}, ", "selector: {matchLabels: {app: web, tier: front}}, ", "selector: {matchLabels: {app: client}}, ", "selector: {}, ")
}

func (g *generator) mode() string {
	return pick(g, "", "mtls: {mode: UNSET}, ", "mtls: {}, ", "mtls: {mode: STRICT}, ", "mtls: {mode: STRICT}, ", "mtls: {mode: PERMISSIVE}, ", "mtls: {mode: DISABLE}, ")
}

func (g *generator) peerAuthentication() {
	spec := g.mode()
	if selector := g.selector(); selector != "" {
		spec += selector
		if strings.Contains(selector, "matchLabels") && g.chance(2) {
			var ports []string
			for _, port := range []string{"8080", "9090", "7777", "80"} {
				if g.chance(2) {
					ports = append(ports, fmt.Sprintf(`%q: {mode: %s}`, port, pick(g, "UNSET", "STRICT", "PERMISSIVE", "DISABLE")))
				}
			}
			spec += "portLevelMtls: {" + strings.Join(ports, ", ") + "}, "
		}
	}
	g.add("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n%s}\nspec: {%s}", g.metadata("p", g.namespace()), strings.TrimSuffix(spec, ", "))
}

func (g *generator) authorizationPolicy() {
	metadata := g.metadata("a", g.namespace())
	if g.chance(8) {
		metadata += `, annotations: {istio.io/dry-run: "` + pick(g, "true", "false", "True", "1") + `"}`
	}
	action := pick(g, "ALLOW", "ALLOW", "DENY", "DENY", "AUDIT", "CUSTOM")
	spec := g.selector() + "action: " + action
	if action == "CUSTOM" {
		spec += ", provider: {name: " + pick(g, "web", "wire", "nobody") + "}"
	}
	var rules []string
	for range g.IntN(3) {
		rules = append(rules, g.rule())
	}
	if len(rules) > 0 || action != "ALLOW" {
		if len(rules) == 0 {
			rules = []string{"{}"}
		}
		spec += ", rules: [" + strings.Join(rules, ", ") + "]"
	}
	g.add("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n%s}\nspec: {%s}", metadata, spec)
}

func (g *generator) rule() string {
	var parts []string
	if g.chance(2) {
		parts = append(parts, "from: ["+g.several(2, func() string { return "{source: {" + g.fields(2, g.source) + "}}" })+"]")
	}
	if g.chance(2) {
		parts = append(parts, "to: ["+g.several(2, func() string { return "{operation: {" + g.fields(2, g.operation) + "}}" })+"]")
	}
	if g.chance(3) {
		parts = append(parts, "when: ["+g.several(2, g.when)+"]")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// several are one to most of what is drawn.
func (g *generator) several(most int, draw func() string) string {
	var list []string
	for range 1 + g.IntN(most) {
		list = append(list, draw())
	}
	return strings.Join(list, ", ")
}

// fields are one to most with different names.
func (g *generator) fields(most int, draw func() string) string {
	var list []string
	names := map[string]bool{}
	for range 1 + g.IntN(most) {
		field := draw()
		if name, _, _ := strings.Cut(field, ":"); !names[name] {
			names[name] = true
			list = append(list, field)
		}
	}
	return strings.Join(list, ", ")
}

// field is a list of one or two values under a name, or under that of its opposite.
func (g *generator) field(name, opposite string, values ...string) string {
	list := []string{pick(g, values...)}
	if g.chance(3) {
		list = append(list, pick(g, values...))
	}
	return pick(g, name, name, opposite) + ": [" + strings.Join(list, ", ") + "]"
}

func principals() []string {
	return []string{"td1/ns/app/sa/client", "cluster.local/ns/app/sa/client", "td2/ns/app/sa/client", "other-domain/ns/app/sa/client", `"*"`, `"*/sa/client"`, `"td2/ns/*"`, `"td1/*"`,
		`"cluster.local/ns/*"`, `"cluster.local/*"`, `"*/ns/app/sa/client"`, `"td2/ns/app/sa/*"`, `"*td1/ns/app/sa/client"`, `"*1/ns/app/sa/client"`, `"cluster.local/ns/app/sa/*"`}
}

func (g *generator) source() string {
	switch g.IntN(7) {
	case 0, 1:
		return g.field("principals", "notPrincipals", principals()...)
	case 2:
		return g.field("namespaces", "notNamespaces", "app", "other", `"*"`, `"a*"`, `"*er"`, `"a*p"`)
	case 3:
		if g.chance(4) {
			return g.field("serviceAccounts", "notServiceAccounts", "client", "app/client", "other/default", "default")
		}
		return pick(g, "serviceAccounts: [client]", "serviceAccounts: [app/client, other/default]", "notServiceAccounts: [app/client]")
	case 4:
		return g.field("ipBlocks", "notIpBlocks", "10.0.0.0/8", "192.168.1.1", "0.0.0.0/0", `"::/0"`)
	case 5:
		return g.field("remoteIpBlocks", "notRemoteIpBlocks", "10.0.0.0/8", "192.168.0.0/16")
	default:
		return g.field("requestPrincipals", "notRequestPrincipals", "a/b", `"*"`, "x/y", `"a/*"`)
	}
}

func (g *generator) operation() string {
	switch g.IntN(5) {
	case 0, 1:
		return g.field("ports", "notPorts", `"8080"`, `"9090"`, `"80"`, `"7777"`)
	case 2:
		return g.field("methods", "notMethods", "GET", "POST", `"*"`)
	case 3:
		return g.field("paths", "notPaths", "/a", `"/*"`, "/b")
	default:
		return g.field("hosts", "notHosts", "a.com", `"*.com"`, "B.com")
	}
}

func (g *generator) when() string {
	key, values := "source.principal", principals()
	switch g.IntN(12) {
	case 0, 1:
	case 2:
		key, values = "source.namespace", []string{"app", "other", `"o*"`}
	case 3:
		key, values = "source.ip", []string{"10.0.0.0/8", "192.168.1.1"}
	case 4:
		key, values = "remote.ip", []string{"10.0.0.0/8", "192.168.1.1"}
	case 5:
		key, values = "destination.port", []string{`"8080"`, `"9090"`}
	case 6:
		key, values = "destination.ip", []string{"10.0.0.0/8", "192.168.1.1"}
	case 7:
		key, values = "connection.sni", []string{"a.com", `"*.com"`}
	case 8:
		key, values = "request.headers[x]", []string{`"1"`, `"2"`, `"*"`}
	case 9:
		key, values = "request.auth.claims[aud]", []string{"c", "d"}
	case 10:
		key, values = "source.serviceAccount", []string{"client", "app/client"}
	default:
		key, values = "request.auth.principal", []string{"a/b", `"*"`}
	}
	return "{key: \"" + key + "\", " + g.field("values", "notValues", values...) + "}"
}

func (g *generator) clientTLS() string {
	return "tls: {mode: " + pick(g, "DISABLE", "ISTIO_MUTUAL", "SIMPLE", "ISTIO_MUTUAL", "DISABLE") + "}"
}

func (g *generator) trafficPolicy() string {
	var parts []string
	if g.chance(2) {
		parts = append(parts, g.clientTLS())
	}
	if g.chance(3) {
		setting := "{port: {number: " + pick(g, "80", "9090", "8080") + "}"
		if !g.chance(3) {
			setting += ", " + g.clientTLS()
		}
		parts = append(parts, "portLevelSettings: ["+setting+"}]")
	}
	if g.chance(6) {
		parts = append(parts, "loadBalancer: {simple: "+pick(g, "RANDOM", "PASSTHROUGH")+"}")
	}
	return "trafficPolicy: {" + strings.Join(parts, ", ") + "}"
}

func (g *generator) destinationRule() {
	spec := "host: " + pick(g, "web", "web.app.svc.cluster.local", "web.app.svc.cluster.local", `"*.app.svc.cluster.local"`, `"*.local"`, "web2.app.svc.cluster.local", "web.app") + ", " + g.trafficPolicy()
	if g.chance(3) {
		spec += ", exportTo: " + pick(g, `["."]`, `["*"]`, "[other]", `[".", other]`)
	}
	if g.chance(4) {
		spec += ", workloadSelector: {matchLabels: {app: client}}"
	}
	if g.chance(4) {
		spec += ", subsets: [{name: v1, labels: {tier: front}, " + g.trafficPolicy() + "}]"
	}
	g.add("apiVersion: networking.istio.io/v1\nkind: DestinationRule\n%s}\nspec: {%s}", g.metadata("d", g.namespace()), spec)
}

func (g *generator) sidecar() {
	selector := pick(g, "", "workloadSelector: {labels: {app: client}}, ")
	g.add("apiVersion: networking.istio.io/v1\nkind: Sidecar\n%s}\nspec: {%segress: [{hosts: [%s]}]}", g.metadata("s", g.namespace()), selector, pick(g, `"./*"`, `"*/*"`, `"app/*"`, `"istio-system/*"`, `"*/web.app.svc.cluster.local"`))
}
