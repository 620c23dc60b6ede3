package exposure

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// MeshLayer answers what service meshes make of paths. A nil one has nothing to say.
type MeshLayer struct {
	mesh     *mesh.Mesh
	policies *PolicyLayer
}

// Meshes is the layer of a snapshot's meshes over its policies; nil where nothing
// shows a mesh. What it cannot see the view misses.
func Meshes(v *snapshot.View, policies *PolicyLayer) *MeshLayer {
	m := mesh.In(v)
	if m == nil {
		return nil
	}
	return &MeshLayer{mesh: m, policies: policies}
}

// Gaps lists the objects of meshes that could not be understood.
func (l *MeshLayer) Gaps() []model.Gap {
	if l == nil {
		return nil
	}
	return l.mesh.Gaps()
}

// Inbound says what a mesh makes of a path on which policies let through what passage
// says, or nil where none has a say. Of several definitions of the target the one counts
// that lets most in; of a path that a proxy of several pods serves, likewise.
func (l *MeshLayer) Inbound(p *Path, passage *Passage) *mesh.Verdict {
	if l == nil || p.Target.Workload == nil || p.Target.Protocol != "TCP" || p.Target.Port == 0 {
		return nil
	}
	var best *mesh.Verdict
	for _, w := range append([]*workload.Workload{p.Target.Workload}, p.Target.again...) {
		server := l.mesh.Find(w.Object)
		if server == nil || server.Plane == mesh.NoPlane {
			return nil
		}
		for _, verdict := range l.into(p, passage, server) {
			if best == nil || opener(verdict.Access, best.Access) {
				best = &verdict
			}
		}
	}
	return best
}

// into is what the mesh makes of each client that a path can have.
func (l *MeshLayer) into(p *Path, passage *Passage, server *mesh.Workload) []mesh.Verdict {
	port := uint16(p.Target.Port)
	l4 := func(_, _ *mesh.Workload, wire uint16) mesh.Access {
		if wire == port {
			return mesh.AccessOf(passage.Verdict)
		}
		tunnel := *p
		tunnel.Target.Port = int32(wire)
		return mesh.AccessOf(l.policies.Inbound(&tunnel).Verdict)
	}
	if !p.Way.Proxied() {
		return []mesh.Verdict{l.mesh.Reach(nil, server, port, l4)}
	}
	var found []mesh.Verdict
	for _, proxy := range p.Proxies {
		if client := l.mesh.Find(proxy.Object); client != nil {
			found = append(found, l.mesh.Reach(client, server, port, l.under))
		}
	}
	if len(found) == 0 {
		found = append(found, l.mesh.Anyone(server, port, l4))
	}
	return found
}

// under is what policies say of a connection on the wire.
func (l *MeshLayer) under(from, to *mesh.Workload, port uint16) mesh.Access {
	switch {
	case l.policies.none:
		return mesh.Allowed
	case from == nil || to == nil:
		return mesh.AccessUnknown
	}
	best := netpol.Denied
	for _, src := range l.policies.ends.Of(from.Object) {
		for _, dst := range l.policies.ends.Of(to.Object) {
			if verdict := l.policies.policies.Verdict(netpol.Of(src), netpol.Of(dst), netpol.TCP, port); surer(verdict, best) {
				best = verdict
			}
		}
	}
	return mesh.AccessOf(best)
}

// opener reports whether an access says more of a way than another: that it is open
// before that it may be.
func opener(a, b mesh.Access) bool {
	rank := map[mesh.Access]int{mesh.Denied: 0, mesh.Undefined: 1, mesh.AccessUnknown: 2, mesh.Conditional: 3, mesh.Allowed: 4}
	return rank[a] > rank[b]
}
