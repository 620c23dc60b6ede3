package reach

import (
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
)

// meshLayer is what service meshes make of what network policies let through. Meshes
// carry TCP; what goes over other protocols passes them by, and so does what leaves
// the cluster: a proxy that knows few names keeps nobody from going round it
// (istio.io, "Accessing External Services", security note).
type meshLayer struct {
	mesh      *mesh.Mesh
	under     mesh.L4
	workloads map[*netpol.End]*mesh.Workload
	meshed    map[*mesh.Workload]bool // which of them a mesh may carry
	served    map[*mesh.Workload]bool // those that a Service leads to through a waypoint, or may
	detours   bool                    // a waypoint may lead where no policy lets a client go by itself

	mu       sync.Mutex // guards what follows, and mesh, which remembers too
	policies accesses
	known    map[situation]Access
}

// situation is what decides how clients fare: those of one class are alike.
type situation struct {
	class    int
	server   *mesh.Workload
	policies int // number of what network policies say
}

// meshOf is the layer of a snapshot, or nil where nothing shows a mesh. What it cannot
// see the view misses.
func meshOf(v *snapshot.View, policies *netpol.Network) *meshLayer {
	m := mesh.In(v)
	if m == nil {
		return nil
	}
	l := &meshLayer{
		mesh: m, under: mesh.Under(policies), detours: m.Detours(),
		workloads: map[*netpol.End]*mesh.Workload{}, meshed: map[*mesh.Workload]bool{}, served: map[*mesh.Workload]bool{}, known: map[situation]Access{},
	}
	for _, end := range policies.Ends() {
		w := m.Find(end.Workload)
		l.workloads[end] = w
		if w != nil && m.ServedByWaypoint(w) {
			l.served[w] = true
		}
		if w != nil && (l.served[w] || l.mayBe(w, mesh.PlaneUnknown, mesh.Sidecarred, mesh.Ambient, mesh.Gateway, mesh.Linkerd)) {
			l.meshed[w] = true
		}
	}
	return l
}

// has reports whether a mesh may decide about connections to a peer.
func (l *meshLayer) has(dst Peer) bool {
	if l == nil || dst.End == nil {
		return false
	}
	server := l.workloads[dst.End]
	return server != nil && l.meshed[server]
}

// through is what is left of an access when the mesh has had its say.
func (l *meshLayer) through(src, dst Peer, access Access) Access {
	client, server := l.workloads[src.End], l.workloads[dst.End]
	l.mu.Lock()
	defer l.mu.Unlock()
	at := situation{l.mesh.Class(client, server), server, l.policies.number(access)}
	joined, ok := l.known[at]
	if !ok {
		joined = l.join(client, server, access)
		l.known[at] = joined
	}
	return joined
}

// join asks the mesh about each range of ports that nothing divides.
func (l *meshLayer) join(client, server *mesh.Workload, access Access) Access {
	tcp := of(access, netpol.TCP)
	var joined Access
	starts := l.starts(client, server, tcp)
	l4 := l.l4(client, server, tcp)
	for i, from := range starts {
		to := uint16(MostPorts)
		if i+1 < len(starts) {
			to = starts[i+1] - 1
		}
		verdict := l.mesh.Reach(client, server, from, l4)
		p := Ports{Protocol: netpol.TCP, From: from, To: to, Verdict: ofMesh(verdict.Access), Condition: verdict.Condition}
		if last := len(joined) - 1; last >= 0 && joined[last].To+1 == from && joined[last].Verdict == p.Verdict && joined[last].Condition == p.Condition {
			joined[last].To = to
		} else if p.Verdict != Denied {
			joined = append(joined, p)
		}
	}
	for _, p := range access {
		if p.Protocol != netpol.TCP {
			joined = append(joined, p)
		}
	}
	slices.SortStableFunc(joined, Ports.compare)
	return joined
}

// starts are the first ports of the ranges that neither policies nor the mesh divide.
func (l *meshLayer) starts(client, server *mesh.Workload, tcp Access) []uint16 {
	var starts []uint16
	for _, from := range l.mesh.Candidates(client) {
		for _, to := range l.mesh.Candidates(server) {
			starts = append(starts, l.mesh.Bounds(from, to)...)
		}
	}
	for _, p := range tcp {
		starts = append(starts, max(p.From, 1))
		if p.To < MostPorts {
			starts = append(starts, p.To+1)
		}
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// l4 is what policies say of the connections on the wire that a way needs: those of
// the pair itself, and those from and to a waypoint.
func (l *meshLayer) l4(client, server *mesh.Workload, tcp Access) mesh.L4 {
	return func(from, to *mesh.Workload, port uint16) mesh.Access {
		if same(from, client) && same(to, server) {
			return toMesh(stateAt(tcp, port).Verdict)
		}
		return l.under(from, to, port)
	}
}

// same reports whether two are one workload, in whichever plane and by whichever of its
// definitions.
func same(a, b *mesh.Workload) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Object.ID == b.Object.ID
}

// verdict is what a pair may do at one port, with the ways and what decides.
func (l *meshLayer) verdict(src, dst Peer, port uint16, tcp Access) mesh.Verdict {
	client, server := l.workloads[src.End], l.workloads[dst.End]
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mesh.Reach(client, server, port, l.l4(client, server, tcp))
}

// remedies are what would change the verdict in the mesh: nothing where it lets
// through what policies deny.
func (l *meshLayer) remedies(p part, port uint16, verdict Verdict) []Remedy {
	client, server := l.workloads[p.src.End], l.workloads[p.dst.End]
	l.mu.Lock()
	alone := l.mesh.Reach(client, server, port, func(_, _ *mesh.Workload, _ uint16) mesh.Access { return mesh.Allowed })
	l.mu.Unlock()
	if alone.Access == mesh.Allowed && verdict != Allowed {
		return nil
	}
	var list []Remedy
	for _, r := range alone.Remedies(server) {
		list = append(list, Remedy{"mesh", r.Object, r.Text})
	}
	return list
}

func ofMesh(a mesh.Access) Verdict {
	switch a {
	case mesh.Denied:
		return Denied
	case mesh.Allowed:
		return Allowed
	case mesh.Conditional:
		return Conditional
	case mesh.Undefined:
		return Undefined
	default:
		return Unknown
	}
}

func toMesh(v Verdict) mesh.Access {
	switch v {
	case Denied:
		return mesh.Denied
	case Allowed:
		return mesh.Allowed
	case Conditional:
		return mesh.Conditional
	case Undefined:
		return mesh.Undefined
	default:
		return mesh.AccessUnknown
	}
}

// detoured reports whether a client may pass a waypoint to a server.
func (l *meshLayer) detoured(src, dst *netpol.End) bool {
	client, server := l.workloads[src], l.workloads[dst]
	l.mu.Lock()
	defer l.mu.Unlock()
	return client != nil && server != nil && (src != dst || src.Replicated) &&
		l.mayBe(client, mesh.Ambient, mesh.Sidecarred, mesh.Gateway) && (l.served[server] || l.mayBe(server, mesh.Ambient))
}

func (l *meshLayer) mayBe(w *mesh.Workload, planes ...mesh.Plane) bool {
	return slices.ContainsFunc(l.mesh.Candidates(w), func(c *mesh.Workload) bool { return slices.Contains(planes, c.Plane) })
}
