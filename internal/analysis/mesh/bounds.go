package mesh

import (
	"slices"
	"strconv"
	"strings"
)

// Bounds are the first ports of the ranges within which no verdict on the connections
// of a client to a server changes, sorted; the first is 1. Every port that something
// names is a range of its own, and what nobody names is treated alike.
func (m *Mesh) Bounds(client, server *Workload) []uint16 {
	b := bounds{1}
	for _, port := range m.Ports(server) {
		b.add(port, port)
	}
	if server.Plane == Linkerd {
		m.linkerdBounds(&b, client, server)
	} else {
		m.istioBounds(&b, server)
	}
	slices.Sort(b)
	return slices.Compact(b)
}

// bounds are first ports, in any order.
type bounds []uint16

// add makes a range of ports one that is treated by itself.
func (b *bounds) add(from, to uint16) {
	if from > 0 {
		*b = append(*b, from)
	}
	if to < 1<<16-1 {
		*b = append(*b, to+1)
	}
}

// addList adds what an annotation lists: "80,443" or "25,4000-5000".
func (b *bounds) addList(list string) {
	for entry := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(entry), "-")
		if !isRange {
			to = from
		}
		low, err := parsePort(from)
		high, err2 := parsePort(to)
		if err == nil && err2 == nil && low <= high {
			b.add(low, high)
		}
	}
}

func (b *bounds) addTexts(ports []string) {
	for _, text := range ports {
		if port, err := strconv.ParseUint(text, 10, 16); err == nil {
			b.add(uint16(port), uint16(port))
		}
	}
}

func (m *Mesh) istioBounds(b *bounds, server *Workload) {
	for _, own := range []uint16{15020, 15021, 15090} { // see proxied
		b.add(own, own)
	}
	for _, key := range []string{"excludeInboundPorts", "includeInboundPorts"} {
		list, _ := server.annotation("traffic.sidecar.istio.io/" + key)
		b.addList(list)
	}
	m.addInjections(b)
	for _, p := range peerAuthenticationsOf.Of(m.view, struct{}{}).byNamespace[server.Namespace()] {
		for port := range p.Spec.PortLevelMTLS {
			b.addTexts([]string{port})
		}
	}
	for _, s := range serviceEntriesOf.Of(m.view, struct{}{}).list {
		for _, p := range s.Spec.Ports {
			b.add(p.target(), p.target())
		}
	}
	for _, p := range m.policiesFor(server) {
		p.Spec.addPorts(b)
	}
	if server.Plane != Ambient && server.Plane != Gateway {
		return
	}
	for _, policies := range authorizationPoliciesOf.Of(m.view, struct{}{}).byNamespace {
		for _, p := range policies {
			if len(p.Spec.targets()) > 0 { // which a waypoint or a gateway enforces
				p.Spec.addPorts(b)
			}
		}
	}
}

// addPorts adds the ports that rules name.
func (p *AuthorizationPolicy) addPorts(b *bounds) {
	for i := range p.Rules {
		r := &p.Rules[i]
		for j := range r.To {
			b.addTexts(r.To[j].Operation.Ports)
			b.addTexts(r.To[j].Operation.NotPorts)
		}
		for j := range r.When {
			if r.When[j].Key == "destination.port" {
				b.addTexts(r.When[j].Values)
				b.addTexts(r.When[j].NotValues)
			}
		}
	}
}

func (m *Mesh) linkerdBounds(b *bounds, client, server *Workload) {
	skipped, _ := m.skippedPorts(server)
	b.addList(skipped)
	guarded, _ := m.inherited(server, "config.linkerd.io/proxy-require-identity-inbound-ports")
	b.addList(guarded)
	opaque, _ := m.inherited(server, opaquePorts)
	if opaque == "" {
		opaque = linkerdConfig.Of(m.view, struct{}{}).OpaquePorts
	}
	b.addList(opaque)
	if client != nil {
		passed, _ := m.inherited(client, "config.linkerd.io/skip-outbound-ports")
		b.addList(passed)
	}
	for _, s := range linkerdPoliciesOf.Of(m.view, struct{}{}).servers[server.Namespace()] {
		if port := s.Spec.Port.IntVal; port > 0 && port < 1<<16 {
			b.add(uint16(port), uint16(port))
		}
	}
}
