package generate

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// meshOf reads the meshes of a snapshot. Where nothing shows one, what was not read of
// them decides nothing.
func meshOf(v *snapshot.View) *mesh.Mesh {
	m := mesh.Of(v.Snapshot().View())
	if !m.Shown() {
		return m
	}
	for _, gk := range mesh.Kinds() {
		scope := model.Scope{Cluster: v.Settings().Cluster, Group: gk.Group, Kind: gk.Kind}
		if v.Settings().Live || v.Unread(scope) {
			v.Complete(scope)
		}
	}
	return m
}

// meshed is a workload as the mesh knows it, or nil.
func (c *Collector) meshed(u *unit) *mesh.Workload {
	if u == nil || u.host {
		return nil
	}
	return c.mesh.Find(u.object)
}

// plane is what carries the traffic of a workload.
func (c *Collector) plane(u *unit) mesh.Plane {
	if w := c.meshed(u); w != nil {
		return w.Plane
	}
	return mesh.NoPlane
}

// carry finds what policies see of a connection: of one that a mesh tunnels the
// connections on the wire, else the connection itself.
func (p *plan) carry(c *Connection) {
	client, server := p.c.meshed(c.src.unit), p.c.meshed(c.dst.unit)
	switch {
	case c.protocol != netpol.TCP || server == nil || p.c.isControl(c.dst.unit, c.port):
	case c.src.podsOf != "":
		p.carryForAll(c, server)
	case client == nil:
	case client.Plane == mesh.PlaneUnknown || server.Plane == mesh.PlaneUnknown:
	case c.port == server.Plane.Tunnel() && (client.Plane.Istio() && server.Plane.Istio() || client.Plane == server.Plane):
		p.observedTunnel(c)
	case server.Plane != mesh.NoPlane || client.Plane != mesh.NoPlane:
		p.carryBetween(c, client, server)
	}
}

// told is how much was said of connections so far, and forget takes back what was said
// since: of one that nobody governs.
type told struct{ gaps, notes, carried, denied int }

func (p *plan) told() told {
	return told{len(p.c.gaps), len(p.c.notes), len(p.carried), len(p.denied)}
}

func (p *plan) forget(t told) {
	p.c.gaps, p.c.notes, p.carried, p.denied = p.c.gaps[:t.gaps], p.c.notes[:t.notes], p.carried[:t.carried], p.denied[:t.denied]
}

// carryForAll is carry for every pod of one or of all namespaces: some may be in the mesh, and some
// not, those of tomorrow too.
func (p *plan) carryForAll(c *Connection, server *mesh.Workload) {
	tunnel := server.Plane.Tunnel()
	if tunnel == 0 || server.Plane == mesh.Sidecarred {
		return
	}
	on := c.link
	on.port = tunnel
	c.wire = []link{c.link, on}
	p.tunnels[on] = true
}

// observedTunnel is carry for a connection that was seen on the wire: what is inside of
// it nobody saw.
func (p *plan) observedTunnel(c *Connection) {
	p.tunnels[c.link] = true
	p.c.note("connections on TCP %d are those of the mesh between its pods: the ports that they carry are not known from flows", c.port)
}

// carryBetween is carry for two workloads.
func (p *plan) carryBetween(c *Connection, client, server *mesh.Workload) {
	verdict := p.c.mesh.Verdict(client, server, c.port)
	tunnelled := client.Plane == mesh.Ambient || server.Plane == mesh.Ambient || client.Plane == mesh.Linkerd && server.Plane == mesh.Linkerd
	if reason, unsure := unsureWay(&verdict); unsure && tunnelled {
		p.c.gaps = append(p.c.gaps, model.Gap{Scope: c.dst.unit.object.Scope(), Reason: fmt.Sprintf("how %s goes over the mesh is not known: %s", c, reason)})
	}
	if verdict.Access == mesh.Denied {
		p.denied = append(p.denied, c)
	}
	ways := carriers(&verdict)
	if len(ways) == 0 {
		return
	}
	if verdict.Access != mesh.Denied {
		p.carried = append(p.carried, c)
	}
	c.wire = []link{}
	for i := range ways {
		for _, hop := range ways[i].Hops {
			p.addHop(c, &ways[i], &hop)
		}
	}
	if len(c.wire) == 1 && c.wire[0] == c.link {
		c.wire = nil
	}
}

// addHop adds the connections on the wire of one hop.
func (p *plan) addHop(c *Connection, way *mesh.Way, hop *mesh.Hop) {
	src, dst := p.c.unitAt(hop.From), p.c.unitAt(hop.To)
	switch {
	case src != nil && dst != nil:
	case way.Waypoint == nil:
		return // unsureWay has told it
	default:
		p.c.gaps = append(p.c.gaps, model.Gap{Scope: way.Waypoint.Scope(), Reason: fmt.Sprintf("%s passes the waypoint %s, the pods of which were not supplied: nothing is allowed to and from them", c, way.Waypoint)})
		return
	}
	if hop.Or != 0 {
		p.c.note("proxies of Linkerd connect to one another on TCP %d since version 2.18: whether these do is not known, so that policies allow it beside the port itself", hop.Port)
	}
	for _, port := range hop.Ports() {
		on := link{src: party{unit: src}, dst: party{unit: dst}, protocol: netpol.TCP, port: port}
		if !slices.Contains(c.wire, on) {
			c.wire = append(c.wire, on)
		}
		if port == p.c.plane(dst).Tunnel() {
			p.tunnels[on] = true
		}
	}
}

// unitAt finds a workload of the mesh again.
func (c *Collector) unitAt(w *mesh.Workload) *unit {
	if w == nil {
		return nil
	}
	return c.survey.byID[w.Object.ID]
}

// carriers are the ways that a connection is expected to take: of those that work the
// ones through a Service, else the one to the address of the pod. Where policies of the
// mesh close all of them, those that they close: they may come to open one.
func carriers(v *mesh.Verdict) []mesh.Way {
	for _, open := range []bool{true, false} {
		for _, service := range []bool{true, false} {
			var ways []mesh.Way
			for _, w := range v.Ways {
				works := w.Access != mesh.Denied && w.Access != mesh.AccessUnknown
				if (w.Service != nil) == service && w.Transport != mesh.TransportUnknown && w.Transport != mesh.Broken && (works || !open) {
					ways = append(ways, w)
				}
			}
			if len(ways) > 0 {
				return ways
			}
		}
	}
	return nil
}

// unsureWay reports whether a connection may take a way of which the mesh does not say
// how it travels, and why: a way through a Service, or where there is none any.
func unsureWay(v *mesh.Verdict) (why string, unsure bool) {
	service := slices.ContainsFunc(v.Ways, func(w mesh.Way) bool { return w.Service != nil })
	for _, w := range v.Ways {
		unsure := w.Transport == mesh.TransportUnknown || w.Waypoint == nil && slices.ContainsFunc(w.Hops, func(h mesh.Hop) bool { return h.To == nil })
		if unsure && (w.Service != nil || !service) {
			for _, reason := range w.Reasons {
				why = reason.Text
			}
			return why, true
		}
	}
	return "", false
}

// nothingLessOverMesh asks for each connection that a mesh carries whether some way of it
// is left by the policies of both.
func (pr *prover) nothingLessOverMesh() {
	c := pr.plan.c
	under := mesh.Under(pr.network)
	for _, asked := range pr.plan.carried {
		if len(asked.links()) == 0 {
			continue
		}
		client, server := c.meshed(asked.src.unit), c.meshed(asked.dst.unit)
		before := c.mesh.Verdict(client, server, asked.port)
		switch after := mesh.Join(before, under); {
		case after.Access == mesh.Denied:
			pr.c.lose(asked.String(), "policies leave no way of the mesh open")
		case after.Access != before.Access && after.Access != mesh.Conditional && before.Access != mesh.AccessUnknown:
			pr.c.doubt(asked.String(), "what policies leave of the ways of the mesh is "+after.Access.String())
		}
	}
}

// tellMesh says what the reader should know of the mesh.
func (p *plan) tellMesh() {
	if len(p.denied) > 0 {
		p.c.note("%s asked for, and the mesh denies it: %s; its own policies must let it through", counted(len(p.denied), "connection is", "connections are"), p.denied[0])
	}
	unknown := map[string]bool{}
	for _, u := range p.c.survey.units {
		if p.governed[u.object.Namespace] && p.c.plane(u) == mesh.PlaneUnknown {
			unknown[u.object.Namespace] = true
		}
	}
	live := p.c.view.Settings().Live
	switch {
	case len(unknown) == 0 || live && !p.c.mesh.Shown():
	case live:
		p.c.gaps = append(p.c.gaps, model.Gap{Scope: model.Scope{Kind: "Namespace"}, Reason: "whether a mesh carries the pods of " + joined(unknown) + " is not known: policies are as if none did"})
	default:
		p.c.note("whether a mesh carries the pods of %s is not known, and taken to be no: say --mesh where one does", joined(unknown))
	}
}

// widenTunnels lists what tunnels let through besides.
func (p *plan) widenTunnels() {
	for _, l := range sortedLinks(p.tunnels) {
		reason := "it is inside of the tunnel on TCP " + fmt.Sprint(l.port) + ": an AuthorizationPolicy of Istio narrows it"
		switch p.c.plane(l.dst.unit) {
		case mesh.Linkerd:
			reason = "it may be inside of the connection of the proxies on TCP " + fmt.Sprint(l.port) + ": a Server of Linkerd with an AuthorizationPolicy narrows it"
		case mesh.Gateway:
			reason = "it is inside of the tunnel on TCP " + fmt.Sprint(l.port) + ": an AuthorizationPolicy of Istio narrows what goes through"
		}
		p.widened = append(p.widened, Widening{Connection: fmt.Sprintf("%s to %s on every other TCP port", l.src, l.dst), Reason: reason})
	}
}
