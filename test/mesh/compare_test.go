package mesh

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/config/host"
	"istio.io/istio/pkg/config/protocol"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// tally counts what was compared.
type tally struct {
	refused                              int // clusters with an object that istiod refuses
	ways, unknown, conditional, constant int // constant: a condition of which no request made a difference
}

func (s *tally) add(o tally) {
	s.refused += o.refused
	s.ways, s.unknown, s.conditional, s.constant = s.ways+o.ways, s.unknown+o.unknown, s.conditional+o.conditional, s.constant+o.constant
}

// compare asks both about every client and port of a text, and returns where they
// disagree.
func compare(t testing.TB, text string) ([]string, tally) {
	view := read(text).View()
	m := mesh.Of(view)
	d := newIstiod(t, text, view, m)
	if d == nil {
		return nil, tally{refused: 1}
	}
	var wrong []string
	var sum tally
	clients := append([]*mesh.Workload{nil}, m.Workloads()...)
	for _, server := range m.Workloads() {
		if server.Plane != mesh.Sidecarred && server.Plane != mesh.Ambient {
			continue
		}
		for _, port := range append(m.Ports(server), 7777) {
			for _, client := range clients {
				verdict := m.Verdict(client, server, port)
				for i := range verdict.Ways {
					way := &verdict.Ways[i]
					if !comparable(client, server, way) {
						continue
					}
					message, counted := d.way(t, client, server, port, way)
					sum.add(counted)
					if message != "" {
						wrong = append(wrong, fmt.Sprintf("%s to %s:%d %s: %s%s", name(client), name(server), port, through(way), message, reasons(way)))
					}
				}
			}
		}
	}
	return wrong, sum
}

// comparable reports whether the control plane for tests knows the way: it has no
// waypoints, no tunnels between sidecars and ztunnel, and nothing that passes these by.
func comparable(client, server *mesh.Workload, way *mesh.Way) bool {
	if redirected(client) || redirected(server) {
		return false
	}
	switch {
	case way.Waypoint != nil || way.Unguarded || client != nil && (client.Plane == mesh.Gateway || client.Plane == mesh.PlaneUnknown || client.Plane == mesh.Linkerd):
		return false
	case client == nil || client.Plane == mesh.NoPlane:
		return true
	default:
		return client.Plane == server.Plane
	}
}

// redirected reports whether something of a pod decides what its proxy sees, of which
// istiod knows nothing.
func redirected(w *mesh.Workload) bool {
	if w == nil {
		return false
	}
	for key := range w.Meta.Annotations {
		if strings.HasPrefix(key, "traffic.sidecar.istio.io/") || key == "sidecar.istio.io/interceptionMode" {
			return true
		}
	}
	if pod := w.Spec.SecurityContext; pod != nil && (pod.RunAsUser != nil || pod.RunAsGroup != nil) {
		return true
	}
	return slices.ContainsFunc(w.Containers, func(c workload.Container) bool {
		own := c.SecurityContext
		return own != nil && (own.RunAsUser != nil || own.RunAsGroup != nil)
	})
}

// way compares one way: over some requests, and over many where none of these made a
// difference and the analysis says that some do.
func (d *istiod) way(t testing.TB, client, server *mesh.Workload, port uint16, way *mesh.Way) (string, tally) {
	for _, requests := range []int{200, 10000} {
		counted := tally{ways: 1}
		sent, answers := d.answers(t, client, server, port, way, drawn()[:requests])
		message := judge(way, sent, answers, &counted)
		if message != "" || counted.constant == 0 || requests == len(drawn()) {
			return message, counted
		}
	}
	panic("no requests")
}

func (d *istiod) answers(t testing.TB, client, server *mesh.Workload, port uint16, way *mesh.Way, requests []request) (sending, map[answer]bool) {
	answers := map[answer]bool{}
	sent := plainly
	for _, http := range []bool{true, false} {
		c, ok := connection{port: uint32(port), http: http}, true
		if sent, ok = d.dial(t, client, server, way, &c); !ok {
			continue
		}
		for i := range requests {
			r := requests[i].over(c)
			if server.Plane == mesh.Ambient {
				answers[d.ztunnelOf(server).decides(&r)] = true
			} else {
				answers[d.envoy.inbound(d.proxy(t, server).inbound, &r)] = true
			}
		}
	}
	return sent, answers
}

// dial is how a client connects on a way. ok is false for what it cannot send.
func (d *istiod) dial(t testing.TB, client, server *mesh.Workload, way *mesh.Way, c *connection) (sending, bool) {
	sent := plainly
	asHTTP := c.http
	switch {
	case client == nil || client.Plane == mesh.NoPlane:
	case client.Plane == mesh.Ambient:
		sent = mutually
	case way.Service != nil:
		name := way.Service.Name + "." + way.Service.Namespace + ".svc.cluster.local"
		service := d.push.ServiceForHostname(d.proxy(t, client).Proxy, host.Name(name))
		if service == nil { // which a Sidecar leaves out
			break
		}
		ports := servicePorts(d, service, server, c.port)
		if len(ports) == 0 {
			t.Fatalf("no port of %s leads to %d", name, c.port)
		}
		sent = d.sends(t, client, server, name, int32(ports[0].Port), c.port)
		for _, p := range ports[1:] {
			if d.sends(t, client, server, name, int32(p.Port), c.port) != sent {
				return sent, false // several ways in one
			}
		}
		if kind := ports[0].Protocol; kind.IsHTTP() {
			if !c.http {
				return sent, false
			}
		} else if kind != protocol.Unsupported {
			asHTTP = false
		}
	}
	c.ownTLS = sent == withOwnTLS
	if sent == mutually {
		c.mutual, c.identity, c.alpn = true, d.identity(client), "istio"
		if asHTTP {
			c.alpn = "istio-http/1.1"
		}
	}
	return sent, true
}

func servicePorts(d *istiod, service *model.Service, server *mesh.Workload, target uint32) []*model.Port {
	var found []*model.Port
	for _, p := range service.Ports {
		for _, e := range d.push.ServiceEndpointsByPort(service, p.Port, nil) {
			if e.EndpointPort == target && e.FirstAddressOrNil() == d.ips[server] {
				found = append(found, p)
			}
		}
	}
	return found
}

// judge compares a way with the answers to all requests.
func judge(way *mesh.Way, sent sending, answers map[answer]bool, counted *tally) string {
	delete(answers, garbled)
	is := func(transport mesh.Transport) bool { return way.Transport == transport }
	said := fmt.Sprintf("%s %s %s, istio: %v sent, %v", way.Transport, way.Access, way.Condition, sent, answers)
	switch {
	case is(mesh.TransportUnknown):
		counted.unknown++
		return ""
	case len(answers) == 0:
		return ""
	case answers[refused] != is(mesh.Broken):
		return said
	case is(mesh.Broken):
		return ""
	case is(mesh.MutualTLS) != (sent == mutually):
		return said
	}
	switch open, shut := answers[allowed] || answers[asked], answers[denied] || answers[asked]; way.Access {
	case mesh.Allowed:
		if shut {
			return said
		}
	case mesh.Denied:
		if open {
			return said
		}
	case mesh.Conditional:
		counted.conditional++
		if strings.Contains(way.Condition, "the extension provider") {
			break // which answers as it likes
		}
		if !open || !shut {
			counted.constant++
		}
	default:
		counted.unknown++
	}
	return ""
}

func (s sending) String() string { return [...]string{"plainly", "mutually", "with TLS of its own"}[s] }

// request is what policies can ask of a request besides who sends it where.
type request struct {
	source, remote, destination netip.Addr
	method, path, host, sni     string
	headers, token              map[string]string
}

func (r request) over(c connection) connection {
	c.source, c.remote, c.destination, c.sni = r.source, r.remote, r.destination, r.sni
	c.method, c.path, c.host, c.headers, c.token = r.method, r.path, r.host, r.headers, r.token
	return c
}

// drawn are requests of which some meet and some do not what policies ask, generated
// ones and those of the golden clusters.
var drawn = sync.OnceValue(func() []request { return draw(10000) })

func draw(n int) []request {
	g := rand.New(rand.NewPCG(1, 2))
	of := func(list ...string) string { return list[g.IntN(len(list))] }
	addr := func() netip.Addr {
		return netip.MustParseAddr(of("10.9.1.1", "192.168.1.1", "172.16.0.1", "203.0.113.7", "192.0.2.1"))
	}
	list := make([]request, n)
	for i := range list {
		list[i] = request{
			source: addr(), remote: addr(), destination: addr(), method: of("GET", "POST", "PUT"), path: of("/a", "/b", "/admin/x", "/info", "*"),
			host: of("a.com", "b.com", "a.org", "example.com"), sni: of("a.com", "b.org", "www.example.com"), headers: map[string]string{},
		}
		for _, name := range []string{"x", "x-tier", "a"} {
			if value := of("", "1", "2", "gold", "b"); value != "" {
				list[i].headers[name] = value
			}
		}
		if g.IntN(3) > 0 {
			list[i].token = map[string]string{"iss": of("a", "x", "evil"), "sub": of("b", "y"), "aud": of("c", "d", "e"), "azp": "z"}
		}
	}
	return list
}

func read(text string) *snapshot.Snapshot {
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "case.yaml", Data: []byte(text), Asked: true}, func(c snapshot.Change) { changes = append(changes, c) })
	return snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, append(changes, implied.OfFiles(changes)...)...)
}

func name(w *mesh.Workload) string {
	if w == nil {
		return "outside"
	}
	return w.Namespace() + "/" + w.Object.Name
}

func through(way *mesh.Way) string {
	if way.Service == nil {
		return "directly"
	}
	return "through " + way.Service.Name
}

func reasons(way *mesh.Way) string {
	var b strings.Builder
	for _, r := range way.Reasons {
		fmt.Fprintf(&b, "\n    %s", r.Text)
		if r.Object != nil {
			fmt.Fprintf(&b, " (%s %s)", r.Object.ID, r.Path)
		}
	}
	return b.String()
}
