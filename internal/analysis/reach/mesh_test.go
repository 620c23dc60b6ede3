package reach

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// space is a namespace of a mesh.
func space(name, labels string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {%s}}\n", name, labels)
}

// object is a namespaced object with a spec.
func object(version, kind, namespace, name, spec string) string {
	return fmt.Sprintf("---\napiVersion: %s\nkind: %s\nmetadata: {name: %s, namespace: %s}\nspec: %s\n", version, kind, name, namespace, spec)
}

func service(namespace, name string, labels string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Service\nmetadata: {name: %[2]s, namespace: %[1]s, labels: {%[3]s}}\nspec: {selector: {app: %[2]s}, ports: [{name: http, port: 80, targetPort: http}]}\n", namespace, name, labels)
}

const (
	security = "security.istio.io/v1"
	policies = "networking.k8s.io/v1"
)

// What is reached is what policies and the mesh let through together.
func TestMeshAndPoliciesTogether(t *testing.T) {
	sidecars, ambient := "istio-injection: enabled", "istio.io/dataplane-mode: ambient"
	only := func(port int) string {
		return object(policies, "NetworkPolicy", "a", "db", fmt.Sprintf("{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: %d}]}]}", port))
	}
	strict := object(security, "PeerAuthentication", "a", "strict", "{mtls: {mode: STRICT}}")
	allow := func(rule string) string {
		return object(security, "AuthorizationPolicy", "a", "db", "{selector: {matchLabels: {app: db}}, rules: ["+rule+"]}")
	}
	fromB := "{from: [{source: {namespaces: [b]}}]}"
	waypoint := "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: wp, namespace: a, labels: {istio.io/waypoint-for: service}}\nspec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n" +
		strings.Replace(deployment("a", "wp", ", gateway.networking.k8s.io/gateway-name: wp", 1), "{name: c,", "{name: istio-proxy, args: [proxy, waypoint],", 1)
	byWaypoint := "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: wp}}}]}]}"
	injected := "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: {linkerd.io/inject: enabled}}\n"
	values := func(text string) string {
		return "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: linkerd-config, namespace: linkerd}\ndata: {values: '" + text + "'}\n"
	}
	tunnelled, transparent := values("{proxy: {outboundTransportMode: transport-header}}"), values("{linkerdVersion: stable-2.14.10}")
	for _, test := range []struct {
		name, cluster, src string
		port               uint16
		want               Verdict
		condition          string
	}{
		{"no mesh", space("a", "") + only(8080), "web", 8080, Allowed, ""},
		{"permissive", space("a", sidecars), "web", 9, Allowed, ""},
		{"strict through a Service", space("a", sidecars) + strict, "web", 8080, Allowed, ""},
		{"strict past Services", space("a", sidecars) + strict, "web", 9, Denied, ""},
		{"strict and policies", space("a", sidecars) + strict + only(9), "web", 8080, Denied, ""},
		{"strict from outside", space("a", sidecars) + strict, "", 8080, Denied, ""},
		{"permissive from outside", space("a", sidecars), "", 8080, Allowed, ""},
		{"policies from outside", space("a", sidecars) + only(9), "", 8080, Denied, ""},
		{"another namespace is let in", space("a", sidecars) + allow(fromB), "web", 8080, Denied, ""},
		{"some requests", space("a", sidecars) + allow("{to: [{operation: {methods: [GET]}}]}"), "web", 8080, Conditional, "the method is GET"},
		{"a port", space("a", sidecars) + allow("{to: [{operation: {ports: ['8080']}}]}"), "web", 8080, Allowed, ""},
		{"another port", space("a", sidecars) + allow("{to: [{operation: {ports: ['8080']}}]}"), "web", 8081, Denied, ""},
		{"a tunnel that policies let through", space("a", ambient) + only(15008), "web", 8080, Allowed, ""},
		{"a tunnel that policies forbid", space("a", ambient) + only(8080), "web", 8080, Denied, ""},
		{"past a tunnel from outside", space("a", ambient) + only(8080), "", 8080, Allowed, ""},
		{"through a waypoint only", space("a", ambient+", istio.io/use-waypoint: wp") + waypoint + object(policies, "NetworkPolicy", "a", "db", byWaypoint), "web", 8080, Allowed, ""},
		{"through a waypoint of another class only", space("a", ambient+", istio.io/use-waypoint: wp") + strings.Replace(waypoint, "istio-waypoint", "other", 1) + object(policies, "NetworkPolicy", "a", "db", byWaypoint), "web", 8080, Unknown, ""},
		{"through a Gateway of the namespace unknown", space("b", ambient) + waypoint + object(policies, "NetworkPolicy", "a", "db", byWaypoint), "web", 8080, Unknown, ""},
		{"past a waypoint", space("a", ambient+", istio.io/use-waypoint: wp") + waypoint + object(policies, "NetworkPolicy", "a", "db", byWaypoint), "web", 9, Denied, ""},
		{"linkerd of unknown version", injected + only(8080), "web", 8080, Unknown, ""},
		{"linkerd of unknown version, from outside", injected + only(8080), "", 8080, Allowed, ""},
		{"linkerd of unknown version, no policies", injected, "web", 8080, Allowed, ""},
		{"linkerd's tunnel that policies let through", injected + tunnelled + only(4143), "web", 8080, Allowed, ""},
		{"linkerd's tunnel that policies forbid", injected + tunnelled + only(8080), "web", 8080, Denied, ""},
		{"linkerd before the tunnel", injected + transparent + only(8080), "web", 8080, Allowed, ""},
		{"linkerd before the tunnel, another port", injected + transparent + only(4143), "web", 8080, Denied, ""},
		{"linkerd's opaque ports always had it", injected + transparent + only(4143), "web", 5432, Allowed, ""},
		{"namespace unknown, all alike", object(security, "PeerAuthentication", "b", "strict", "{mtls: {mode: STRICT}}"), "web", 8080, Allowed, ""},
		{"defined twice, from outside", space("a", sidecars) + deployment("a", "db", ", version: old", 2), "", 8080, Allowed, ""},
		{"namespace that could not be read", "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: [}\n" + only(8080), "web", 8080, Unknown, ""},
		{"namespace unknown", strict, "web", 8080, Unknown, ""},
		{"not understood", space("a", sidecars) + object(security, "AuthorizationPolicy", "a", "db", "{rules: [{from: [{source: {planets: [earth]}}]}]}"), "web", 8080, Unknown, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := network(t, test.cluster+deployment("a", "web", "", 2)+deployment("a", "db", "", 2)+service("a", "db", ""))
			src, dst := Peer{Peer: netpol.Outside(netip.MustParseAddr("9.9.9.9"))}, Peer{Peer: netpol.Of(n.Policies.Find("a", "", "db")[0])}
			if test.src != "" {
				src = Peer{Peer: netpol.Of(n.Policies.Find("a", "", test.src)[0])}
			}
			want := State{test.want, test.condition}
			if got := stateAt(of(listed(n)(src, dst), netpol.TCP), test.port); got != want {
				t.Errorf("listed as %v, want %v", got, want)
			}
			x := n.Explain(src, dst, []netpol.NamedPort{{Port: test.port}})[0]
			if got := (State{x.Verdict, x.Condition}); got != want {
				t.Errorf("explained as %v, want %v", got, want)
			}
		})
	}
}

// meshed draws a random cluster and what a mesh says of it.
func meshed(r *rand.Rand) string {
	var b strings.Builder
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	for _, name := range []string{"a", "b"} {
		if r.IntN(5) > 0 {
			b.WriteString(space(name, pick("istio-injection: enabled", "istio.io/dataplane-mode: ambient", "")))
		}
		b.WriteString(service(name, pick("w0", "w1", "w2"), ""))
	}
	if r.IntN(2) == 0 {
		b.WriteString(object(security, "PeerAuthentication", pick("a", "b", "istio-system"), "pa", "{mtls: {mode: "+pick("STRICT", "PERMISSIVE", "DISABLE")+"}}"))
	}
	for i := range r.IntN(3) {
		source := pick("", "from: [{source: {namespaces: [a]}}]", "from: [{source: {principals: ['cluster.local/ns/b/*']}}]", "from: [{source: {notNamespaces: [a]}}]")
		ports := pick("", "to: [{operation: {ports: ['80', '8080']}}]", "to: [{operation: {methods: [GET]}}]")
		spec := fmt.Sprintf("{action: %s, rules: [{%s}]}", pick("ALLOW", "DENY"), strings.Trim(source+", "+ports, ", "))
		b.WriteString(object(security, "AuthorizationPolicy", pick("a", "b"), fmt.Sprintf("ap%d", i), spec))
	}
	if r.IntN(4) == 0 {
		b.WriteString(fmt.Sprintf("---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: wp, namespace: a, labels: {istio.io/waypoint-for: %s}}\nspec: {gatewayClassName: %s}\n", pick("service", "workload", "all"), pick("istio-waypoint", "other")))
		b.WriteString(strings.Replace(deployment("a", "wp", ", gateway.networking.k8s.io/gateway-name: wp", 1), "{name: c,", "{name: istio-proxy, args: [proxy, waypoint],", 1))
		b.WriteString(service("a", "w3", "istio.io/use-waypoint: wp"))
	}
	if r.IntN(4) == 0 {
		b.WriteString(object("policy.linkerd.io/v1beta3", "Server", "b", "all", "{podSelector: {}, port: 8080, accessPolicy: "+pick("deny", "all-authenticated", "cluster-unauthenticated")+"}"))
	}
	if r.IntN(4) == 0 {
		b.WriteString(object("networking.istio.io/v1", "DestinationRule", pick("a", "b"), "tls", "{host: '*.a.svc.cluster.local', trafficPolicy: {tls: {mode: "+pick("DISABLE", "ISTIO_MUTUAL", "SIMPLE")+"}}}"))
	}
	if r.IntN(4) == 0 {
		b.WriteString(object("networking.istio.io/v1", "Sidecar", pick("a", "b"), "own", "{egress: [{hosts: ['./*']}]}"))
	}
	if r.IntN(3) == 0 {
		b.WriteString(object(policies, "NetworkPolicy", pick("a", "b"), "tunnel", "{podSelector: {}, ingress: [{ports: [{port: 15008}]}]}"))
	}
	return b.String() + random(r)
}

// A list says of each port of each pair what the mesh and the policies say of it, and
// comes in order.
func TestMeshOfEachPort(t *testing.T) {
	told := map[Verdict]int{}
	for seed := range uint64(300) {
		n := network(t, meshed(rand.New(rand.NewPCG(seed, 5))))
		if n.mesh == nil {
			continue
		}
		list := listed(n)
		ordered(t, n)
		for _, probe := range probes(n) {
			src, dst := probe[0], probe[1]
			access := list(src, dst)
			for _, port := range probedPorts {
				want := State{Verdict: ofPolicies(n.Policies.Verdict(src.Peer, dst.Peer, netpol.TCP, port))}
				if n.mesh.has(dst) {
					client, server := n.mesh.workloads[src.End], n.mesh.workloads[dst.End]
					verdict := n.mesh.mesh.Reach(client, server, port, func(from, to *mesh.Workload, wire uint16) mesh.Access {
						if !same(from, client) || !same(to, server) {
							return n.mesh.under(from, to, wire)
						}
						return toMesh(ofPolicies(n.Policies.Verdict(src.Peer, dst.Peer, netpol.TCP, wire)))
					})
					want = State{ofMesh(verdict.Access), verdict.Condition}
				}
				if got := stateAt(of(access, netpol.TCP), port); got != want {
					t.Fatalf("seed %d: %s to %s, TCP %d is %v, want %v", seed, src, dst, port, got, want)
				}
				told[want.Verdict]++
				udp := ofPolicies(n.Policies.Verdict(src.Peer, dst.Peer, netpol.UDP, port))
				if got := stateAt(of(access, netpol.UDP), port).Verdict; got != udp {
					t.Fatalf("seed %d: %s to %s, UDP %d is %s, want %s", seed, src, dst, port, got, udp)
				}
			}
		}
	}
	for _, verdict := range []Verdict{Unknown, Denied, Conditional, Allowed} {
		if told[verdict] == 0 {
			t.Errorf("nothing is %s", verdict)
		}
	}
}

// ordered demands that the connections of a pair stand together, ports in order.
func ordered(t *testing.T, n *Network) {
	t.Helper()
	seen := map[pair]bool{}
	var at pair
	var last Ports
	for c := range n.Connections() {
		p := Ports{Protocol: c.Protocol, From: c.From, To: c.To}
		switch next := (pair{c.Src, c.Dst}); {
		case next == at && (p.Protocol < last.Protocol || p.Protocol == last.Protocol && p.From <= last.To):
			t.Fatalf("%s to %s: %v comes after %v", c.Src, c.Dst, p, last)
		case next != at && seen[next]:
			t.Fatalf("%s to %s comes twice", c.Src, c.Dst)
		default:
			at = next
			seen[at] = true
		}
		last = p
	}
}

// Where a mesh decides too, explanations of all ports cover each port once, with the
// verdict of the list.
func TestMeshExplanationsCoverAllPorts(t *testing.T) {
	for seed := range uint64(60) {
		n := network(t, meshed(rand.New(rand.NewPCG(seed, 6))))
		list := listed(n)
		for _, probe := range probes(n) {
			ports, access := 0, list(probe[0], probe[1])
			for _, x := range n.Explain(probe[0], probe[1], nil) {
				ports += x.Ports.count()
				for _, p := range x.Ports {
					if got := stateAt(of(access, p.Protocol), p.From); got != (State{x.Verdict, x.Condition}) {
						t.Fatalf("seed %d: %s to %s, %s %d is %v, explained as %s %s", seed, probe[0], probe[1], p.Protocol, p.From, got, x.Verdict, x.Condition)
					}
				}
			}
			if want := 3 * MostPorts; ports != want {
				t.Fatalf("seed %d: %d ports are explained of %d", seed, ports, want)
			}
		}
	}
}

// The waypoint of a Service leads to pods that no mesh carries, too.
func TestMeshWaypointToPodsOutside(t *testing.T) {
	n := network(t, space("a", "istio.io/dataplane-mode: ambient")+space("b", "")+deployment("a", "web", "", 2)+deployment("b", "db", "", 2)+
		service("b", "db", "istio.io/use-waypoint: wp")+
		"---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: wp, namespace: b}\nspec: {gatewayClassName: istio-waypoint}\n"+
		object(policies, "NetworkPolicy", "b", "db", "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: wp}}}]}]}"))
	web, db := Peer{Peer: netpol.Of(n.Policies.Find("a", "", "web")[0])}, Peer{Peer: netpol.Of(n.Policies.Find("b", "", "db")[0])}
	for port, want := range map[uint16]Verdict{8080: Unknown, 9: Denied} {
		if got := stateAt(of(listed(n)(web, db), netpol.TCP), port).Verdict; got != want {
			t.Errorf("TCP %d is listed as %s, want %s", port, got, want)
		}
		if got := n.Explain(web, db, []netpol.NamedPort{{Port: port}})[0].Verdict; got != want {
			t.Errorf("TCP %d is explained as %s, want %s", port, got, want)
		}
	}
}

// A Network answers several at a time.
func TestMeshAskedAtOnce(t *testing.T) {
	for seed := range uint64(12) {
		n := network(t, meshed(rand.New(rand.NewPCG(seed, 7))))
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range n.Connections() {
				}
				for i, probe := range probes(n) {
					if i%16 == 0 {
						n.Explain(probe[0], probe[1], []netpol.NamedPort{{Port: 8080}})
					}
				}
			})
		}
		group.Wait()
	}
}

// What is said of a pod to itself no layer sees.
func TestMeshNothingBetweenAPodAndItself(t *testing.T) {
	n := network(t, space("a", "istio-injection: enabled")+deployment("a", "db", "", 1)+object(security, "AuthorizationPolicy", "a", "nobody", "{}"))
	db := Peer{Peer: netpol.Of(n.Policies.Find("a", "", "db")[0])}
	if x := n.Explain(db, db, []netpol.NamedPort{{Port: 8080}})[0]; x.Verdict != Allowed {
		t.Errorf("a pod to itself is %s", x.Verdict)
	}
}

// Policies that say the same in another order, under other names, are no difference.
func TestMeshDiffOfTheSame(t *testing.T) {
	cluster := space("a", "istio-injection: enabled") + deployment("a", "web", "", 2) + deployment("a", "db", "", 2) + service("a", "db", "")
	rule := func(name, action, operations string) string {
		return object(security, "AuthorizationPolicy", "a", name, "{action: "+action+", rules: [{to: ["+operations+"]}]}")
	}
	get, paths := "{operation: {methods: [GET, HEAD]}}", "{operation: {paths: [/x]}}"
	before := network(t, cluster+rule("one", "ALLOW", get+", "+paths)+rule("two", "DENY", "{operation: {paths: [/y]}}")+rule("three", "DENY", "{operation: {paths: [/z]}}"))
	after := network(t, cluster+rule("renamed", "ALLOW", paths+", {operation: {methods: [HEAD, GET]}}")+rule("z", "DENY", "{operation: {paths: [/y]}}")+rule("a", "DENY", "{operation: {paths: [/z]}}"))
	Diff(before, after, func(d *Difference) bool {
		t.Errorf("%s to %s %d-%d: %v is %v", d.Src, d.Dst, d.From, d.To, d.Before, d.After)
		return false
	})
}

// What keeps a client out is named, with what would let it in.
func TestMeshRemedies(t *testing.T) {
	n := network(t, space("a", "istio-injection: enabled")+deployment("a", "web", "", 2)+deployment("a", "db", "", 2)+service("a", "db", "")+
		object(security, "AuthorizationPolicy", "a", "db", "{selector: {matchLabels: {app: db}}, rules: [{from: [{source: {namespaces: [b]}}]}]}"))
	x := n.Explain(Peer{Peer: netpol.Of(n.Policies.Find("a", "", "web")[0])}, Peer{Peer: netpol.Of(n.Policies.Find("a", "", "db")[0])}, []netpol.NamedPort{{Port: 8080}})[0]
	if !slices.ContainsFunc(x.Remedies, func(r Remedy) bool {
		return r.Layer == "mesh" && r.Object != nil && r.Object.Name == "db" && r.Text == "a rule that allows cluster.local/ns/a/sa/default"
	}) {
		t.Errorf("remedies %v", x.Remedies)
	}
}

// A rule of a mesh that is split, or the lists of which stand in another order, is no
// difference; one that lets more in is, and so is one that lets less in.
func TestMeshRefactorings(t *testing.T) {
	cluster := func(policies string) *Network {
		return network(t, space("a", "istio-injection: enabled")+deployment("a", "web", "", 2)+deployment("a", "db", "", 2)+service("a", "db", "")+policies)
	}
	rules := func(rules string) string {
		return object(security, "AuthorizationPolicy", "a", "db", "{selector: {matchLabels: {app: db}}, rules: ["+rules+"]}")
	}
	both, one := rules("{to: [{operation: {methods: [GET, POST], paths: [/a]}}]}"), "{to: [{operation: {methods: [%s], paths: [/a]}}]}"
	for _, test := range []struct {
		name, after string
		grew, same  bool
	}{
		{"split", rules(fmt.Sprintf(one, "POST") + ", " + fmt.Sprintf(one, "GET")), false, true},
		{"reordered", rules("{to: [{operation: {paths: [/a], methods: [POST, GET]}}]}"), false, true},
		{"less", rules(fmt.Sprintf(one, "GET")), true, false}, // conditions are not compared: another one counts as more
		{"all", "", true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			same, grew := true, false
			Diff(cluster(both), cluster(test.after), func(d *Difference) bool {
				same, grew = false, grew || d.Grew()
				return true
			})
			if same != test.same || grew != test.grew {
				t.Errorf("same %v, grew %v", same, grew)
			}
		})
	}
}
