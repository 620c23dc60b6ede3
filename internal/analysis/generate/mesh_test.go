package generate_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// meshed is a small shop, the namespace of which is in a mesh.
func meshed(namespace string) string {
	const workloads = `
---
apiVersion: v1
kind: Namespace
metadata: {name: ops}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}], readinessProbe: {httpGet: {path: /, port: http}}, livenessProbe: {exec: {command: [w]}}}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {replicas: 2, selector: {matchLabels: {app: api}}, template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8000}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: prometheus, namespace: ops}
spec: {selector: {matchLabels: {app: prometheus}}, template: {metadata: {labels: {app: prometheus}}, spec: {containers: [{name: c, image: i}]}}}
`
	return "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, " + namespace + "}" + workloads
}

const (
	ambient = "labels: {istio.io/dataplane-mode: ambient}"
	sidecar = "labels: {istio-injection: enabled}"
	linkerd = "annotations: {linkerd.io/inject: enabled}"
)

func seen(src, dst string, port uint16) generate.Flow {
	side := func(text string) generate.Side {
		namespace, name, _ := strings.Cut(text, "/")
		return generate.Side{Namespace: namespace, Name: name}
	}
	return generate.Flow{Src: side(src), Dst: side(dst), Protocol: netpol.TCP, Port: port, Seen: generate.Place{File: "flows", Line: 1}}
}

func observed(t *testing.T, text string, flows ...generate.Flow) *generate.Result {
	t.Helper()
	collector := generate.NewCollector(files(t, text).View(), generate.Options{MergeBits: generate.NoMerge})
	for i := range flows {
		collector.Observe(&flows[i])
	}
	return collector.Generate()
}

// listed renders the connections that are no DNS, with what policies see of them.
func listed(result *generate.Result) string {
	var list []string
	for _, c := range result.Connections {
		if c.Source != generate.DNS {
			list = append(list, strings.Join(append([]string{c.Source.String() + ": " + c.String()}, c.Wire()...), " = "))
		}
	}
	return strings.Join(list, "\n")
}

const waypoint = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: way, namespace: shop, labels: {istio.io/waypoint-for: service}}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
`

const waypointPods = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: way, namespace: shop}
spec: {selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: way}}, template: {metadata: {labels: {gateway.networking.k8s.io/gateway-name: way, istio.io/dataplane-mode: none}}, spec: {containers: [{name: istio-proxy, image: p, args: [proxy, waypoint]}]}}}
`

const controlPlanes = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec: {selector: {matchLabels: {app: istiod, istio: pilot}}, template: {metadata: {labels: {app: istiod, istio: pilot}}, spec: {containers: [{name: discovery, image: p}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: linkerd-identity, namespace: linkerd}
spec: {selector: {matchLabels: {linkerd.io/control-plane-component: identity}}, template: {metadata: {labels: {linkerd.io/control-plane-component: identity}}, spec: {containers: [{name: c, image: i, ports: [{name: ident-grpc, containerPort: 8081}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: linkerd-identity, namespace: linkerd}
spec: {selector: {linkerd.io/control-plane-component: identity}, ports: [{name: grpc, port: 8080, targetPort: ident-grpc}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: linkerd-destination, namespace: linkerd}
spec: {selector: {matchLabels: {linkerd.io/control-plane-component: destination}}, template: {metadata: {labels: {linkerd.io/control-plane-component: destination}}, spec: {containers: [{name: c, image: i}]}}}
`

const linkerd218 = `---
apiVersion: v1
kind: ConfigMap
metadata: {name: linkerd-config, namespace: linkerd}
data: {values: "linkerdVersion: edge-25.4.4\nproxy: {outboundTransportMode: transport-header}\n"}
`

// What a mesh tunnels is allowed as policies see it, what proxies and the kubelet need
// is kept, and the proof holds.
func TestMesh(t *testing.T) {
	const (
		web, api, prometheus = "shop/web[Deployment]", "shop/api[Deployment]", "ops/prometheus[Deployment]"
		asked                = "observed: " + web + " to " + api + " on TCP 8000"
		tunnel               = web + " to " + api + " on TCP 15008"
		probes               = "probe: 169.254.7.127/32 to " + web + " on TCP 8080\nprobe: fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128 to " + web + " on TCP 8080"
		istiod               = "mesh: every pod of shop to istio-system/istiod[Pod] on TCP 15012"
		scraped              = "observed: " + prometheus + " to " + api + " on TCP 9090"
	)
	flow, scrape := seen("shop/web", "shop/api", 8000), seen("ops/prometheus", "shop/api", 9090)
	unmeshedWeb := strings.Replace(meshed(sidecar), "labels: {app: web}}, spec", "labels: {app: web, sidecar.istio.io/inject: 'false'}}, spec", 1)
	tests := map[string]struct {
		text  string
		flows []generate.Flow
		want  string
		wider int
		note  string
		gap   string
	}{
		"ambient":             {meshed(ambient), []generate.Flow{flow}, asked + " = " + tunnel + "\n" + probes, 1, "", ""},
		"from outside of it":  {meshed(ambient), []generate.Flow{scrape}, scraped + "\n" + probes, 0, "", ""},
		"seen in the tunnel":  {meshed(ambient), []generate.Flow{seen("shop/web", "shop/api", 15008)}, "observed: " + tunnel + "\n" + probes, 1, "connections on TCP 15008 are those of the mesh between its pods: the ports that they carry are not known", ""},
		"seen in both":        {meshed(ambient), []generate.Flow{flow, seen("shop/web", "shop/api", 15008)}, asked + " = " + tunnel + "\nobserved: " + tunnel + "\n" + probes, 1, "", ""},
		"sidecars":            {meshed(sidecar), []generate.Flow{flow}, asked + "\n" + istiod, 0, "istiod was not supplied: it is taken to be the pods app=istiod in istio-system, port 15012", ""},
		"istiod is supplied":  {meshed(sidecar) + controlPlanes, []generate.Flow{flow, seen("shop/web", "istio-system/istiod", 15012)}, asked + "\nobserved: shop/web[Deployment] to istio-system/istiod[Deployment] on TCP 15012\nmesh: every pod of shop to istio-system/istiod[Deployment] on TCP 15012", 0, "", ""},
		"some have a sidecar": {unmeshedWeb, []generate.Flow{flow}, "mesh: " + api + " to istio-system/istiod[Pod] on TCP 15012\n" + asked, 0, "", ""},
		"through a waypoint": {meshed("labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}") + waypoint + waypointPods, []generate.Flow{flow},
			asked + " = " + web + " to shop/way[Deployment] on TCP 15008 = shop/way[Deployment] to " + api + " on TCP 15008\nmesh: shop/way[Deployment] to istio-system/istiod[Pod] on TCP 15012\n" + probes, 2, "", ""},
		"waypoint without pods": {meshed("labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}") + waypoint, []generate.Flow{flow}, asked + "\n" + probes, 0, "", "passes the waypoint shop/way[Gateway], the pods of which were not supplied"},
		"linkerd": {meshed(linkerd), []generate.Flow{flow}, asked + " = " + web + " to " + api + " on TCP 4143 = " + web + " to " + api + " on TCP 8000\n" +
			"mesh: every pod of shop to linkerd/linkerd-destination[Pod] on TCP 8086\nmesh: every pod of shop to linkerd/linkerd-destination[Pod] on TCP 8090\nmesh: every pod of shop to linkerd/linkerd-identity[Pod] on TCP 8080", 1,
			"proxies of Linkerd connect to one another on TCP 4143 since version 2.18", ""},
		"linkerd 2.18": {meshed(linkerd) + controlPlanes + linkerd218, []generate.Flow{flow}, asked + " = " + web + " to " + api + " on TCP 4143\n" +
			"mesh: every pod of shop to linkerd/linkerd-destination[Deployment] on TCP 8086\nmesh: every pod of shop to linkerd/linkerd-destination[Deployment] on TCP 8090\nmesh: every pod of shop to linkerd/linkerd-identity[Deployment] on TCP 8081", 1, "", ""},
		"nobody knows":       {strings.Replace(meshed(ambient), "kind: Namespace\nmetadata: {name: shop", "kind: Namespace\nmetadata: {name: other", 1), []generate.Flow{flow}, asked, 0, "whether a mesh carries the pods of shop is not known, and taken to be no: say --mesh where one does", ""},
		"denied by the mesh": {meshed(ambient) + "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: none, namespace: shop}\nspec: {}\n", []generate.Flow{flow}, asked + " = " + tunnel + "\n" + probes, 1, "1 connection is asked for, and the mesh denies it: " + web + " to " + api + " on TCP 8000", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			result := observed(t, test.text, test.flows...)
			certificate := &result.Certificate
			if got := listed(result); sortedLines(got) != sortedLines(test.want) {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if certificate.Exact != generate.Proved || certificate.Irredundant != generate.Proved || len(certificate.Widened) != test.wider {
				t.Errorf("%+v\n%s", certificate, written(t, result.Policies))
			}
			if notes := strings.Join(certificate.Notes, "\n"); !strings.Contains(notes, test.note) {
				t.Errorf("notes are\n%s\nwant %s", notes, test.note)
			}
			if (len(result.Gaps) > 0) != (test.gap != "") || test.gap != "" && !strings.Contains(result.Gaps[0].Reason, test.gap) {
				t.Errorf("gaps are %v, want %q", result.Gaps, test.gap)
			}
		})
	}
}

func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return fmt.Sprint(strings.Join(lines, "\n"))
}

// The namespaces of control planes are governed only where that is asked for, and then
// whoever needs them gets in.
func TestControlPlaneGoverned(t *testing.T) {
	text := meshed(sidecar) + controlPlanes
	flow := seen("shop/web", "istio-system/istiod", 15012)
	if result := observed(t, text, flow); strings.Join(result.Namespaces, " ") != "shop" {
		t.Errorf("governed are %v", result.Namespaces)
	}
	collector := generate.NewCollector(files(t, text).View(), generate.Options{MergeBits: generate.NoMerge, Namespaces: []string{"istio-system", "shop"}})
	result := collector.Generate()
	got := listed(result)
	for _, want := range []string{"mesh: every pod to istio-system/istiod[Deployment] on TCP 15012", "mesh: anyone to istio-system/istiod[Deployment] on TCP 15017"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
	if result.Certificate.Exact != generate.Proved || result.Certificate.Irredundant != generate.Proved {
		t.Errorf("%+v", result.Certificate)
	}
}

// The kubelet's addresses in ambient mode are known for what they are, whoever sees them.
func TestKubeletSeen(t *testing.T) {
	for _, address := range []string{"169.254.7.127", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff"} {
		flow := seen("shop/web", "shop/web", 8080)
		flow.Src = generate.Side{Address: netip.MustParseAddr(address)}
		result := observed(t, meshed(ambient), flow)
		if len(result.Gaps) > 0 || !strings.Contains(listed(result), "observed: "+address) || result.Certificate.Exact != generate.Proved || result.Certificate.Irredundant != generate.Proved {
			t.Errorf("%s\n%v\n%+v", listed(result), result.Gaps, result.Certificate)
		}
	}
}

// Where an address of the cluster is known, the kubelet has none of another family.
func TestKubeletFamily(t *testing.T) {
	for address, want := range map[string]string{"10.96.0.7": "169.254.7.127/32", "fd00::7": "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128"} {
		text := strings.Replace(meshed(ambient), "spec: {selector: {app: api}", "spec: {clusterIP: '"+address+"', selector: {app: api}", 1)
		if got := listed(observed(t, text, seen("ops/prometheus", "shop/web", 8080))); strings.Count(got, "probe: ") != 1 || !strings.Contains(got, "probe: "+want) {
			t.Errorf("%s: got\n%s", address, got)
		}
	}
}

// Who serves an Ingress may be in the mesh itself: that it is not let in is said.
func TestUnknownProxyOfMesh(t *testing.T) {
	const ingress = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: in, namespace: shop}\nspec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {name: http}}}}]}}]}\n"
	for namespace, want := range map[string]bool{ambient: true, linkerd: true, sidecar: false} {
		collector := generate.NewCollector(files(t, meshed(namespace)+ingress).View(), generate.Options{MergeBits: generate.NoMerge})
		collector.Declare()
		if notes := strings.Join(collector.Generate().Certificate.Notes, "\n"); strings.Contains(notes, "if the workload that serves shop/in[Ingress] is in the mesh of shop/api[Deployment], it connects on TCP") != want {
			t.Errorf("%s: notes are\n%s", namespace, notes)
		}
	}
}

// What is said of a connection that nobody governs is not said.
func TestNotGovernedOverMesh(t *testing.T) {
	text := meshed("labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}") + waypoint
	collector := generate.NewCollector(files(t, text).View(), generate.Options{MergeBits: generate.NoMerge, Namespaces: []string{"ops"}})
	flow := seen("shop/web", "shop/api", 8000)
	collector.Observe(&flow)
	if result := collector.Generate(); len(result.Gaps) > 0 || result.Certificate.Exact != generate.Proved {
		t.Errorf("%v\n%+v", result.Gaps, result.Certificate)
	}
}

// Blocks of addresses are merged without losing what the mesh is asked about.
func TestMergedOverMesh(t *testing.T) {
	flows := []generate.Flow{seen("shop/web", "shop/api", 8000)}
	for _, address := range []string{"203.0.113.1", "203.0.113.2"} {
		flow := seen("shop/web", "shop/web", 443)
		flow.Dst = generate.Side{Address: netip.MustParseAddr(address)}
		flows = append(flows, flow)
	}
	denied := meshed(ambient) + "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: closed, namespace: shop}\nspec: {endpointSelector: {matchLabels: {app: api}}, ingressDeny: [{fromEntities: [all], toPorts: [{ports: [{port: '15008', protocol: TCP}]}]}]}\n"
	collector := generate.NewCollector(files(t, denied).View(), generate.Options{MergeBits: 24})
	for i := range flows {
		collector.Observe(&flows[i])
	}
	c := collector.Generate().Certificate
	if !slices.ContainsFunc(append(c.Lost, c.Uncertain...), func(d generate.Difference) bool {
		return strings.HasPrefix(d.Connection, "shop/web[Deployment] to shop/api[Deployment] on TCP 8000")
	}) {
		t.Errorf("%+v", c)
	}
}

// Names are looked up over TCP through the tunnel too, where the DNS is in the mesh.
func TestDNSInMesh(t *testing.T) {
	text := meshed(ambient) + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system, " + ambient + "}\n---" + dnsText
	for _, namespaces := range [][]string{{"shop"}, {"kube-system", "shop"}} {
		collector := generate.NewCollector(files(t, text).View(), generate.Options{MergeBits: generate.NoMerge, Namespaces: namespaces})
		result := collector.Generate()
		if result.Certificate.Exact != generate.Proved || result.Certificate.Irredundant != generate.Proved {
			t.Errorf("%v: %+v\n%s", namespaces, result.Certificate, written(t, result.Policies))
		}
		network := netpol.Model(files(t, text+written(t, result.Policies)).View(), netpol.Profile{})
		web, dns := network.Find("shop", "", "web")[0], network.Find("kube-system", "", "coredns")[0]
		for port, want := range map[uint16]netpol.Verdict{53: netpol.Allowed, 15008: netpol.Allowed, 8080: netpol.Denied} {
			if got := network.Verdict(netpol.Of(web), netpol.Of(dns), netpol.TCP, port); got != want {
				t.Errorf("%v: TCP %d to the DNS is %s, want %s", namespaces, port, got, want)
			}
		}
	}
}
