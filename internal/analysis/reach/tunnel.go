package reach

import (
	"slices"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
)

// tunnelPort is where ztunnel takes connections: between two workloads in Istio's
// ambient mode network policies see this port only, whatever is carried
// (istio.io, "Ambient and Kubernetes NetworkPolicy").
const tunnelPort = 15008

// ambient are the ends in Istio's ambient mode, as far as is known.
func ambient(v *snapshot.View, ends []*netpol.End) map[*netpol.End]bool {
	found := map[*netpol.End]bool{}
	meshed := mesh.Of(v.Snapshot().View()) // what it misses makes no end ambient
	for _, end := range ends {
		if w := meshed.Find(end.Workload); w != nil && w.Plane == mesh.Ambient {
			found[end] = true
		}
	}
	return found
}

// tunneled reports whether a tunnel may carry what network policies forbid.
func (n *Network) tunneled(src, dst netpol.Peer) bool {
	return len(n.ambient) > 0 && src.End != nil && n.ambient[src.End] && n.ambient[dst.End]
}

// withTunnel is an access of which the TCP ports that policies forbid are Unknown where
// the tunnel is let through: what goes through it is up to the mesh.
func withTunnel(access []Connection) []Connection {
	open := slices.ContainsFunc(access, func(c Connection) bool {
		return c.Protocol == netpol.TCP && c.From <= tunnelPort && tunnelPort <= c.To
	})
	if !open {
		return access
	}
	c := access[0]
	c.Protocol, c.Verdict, c.Condition = netpol.TCP, Unknown, ""
	var filled []Connection
	next := 1
	add := func(to int) {
		if next <= to {
			c.From, c.To = uint16(next), uint16(to)
			filled = append(filled, c)
		}
	}
	rest := access
	for ; len(rest) > 0 && rest[0].Protocol == netpol.TCP; rest = rest[1:] {
		add(int(rest[0].From) - 1)
		filled = append(filled, rest[0])
		next = int(rest[0].To) + 1
	}
	add(MostPorts)
	return append(joinUnknown(filled), rest...)
}

// joinUnknown joins ranges of ports that are unknown and touch.
func joinUnknown(list []Connection) []Connection {
	joined := list[:0:0]
	for _, c := range list {
		if last := len(joined) - 1; last >= 0 && c.Verdict == Unknown && joined[last].Verdict == Unknown && int(joined[last].To)+1 == int(c.From) {
			joined[last].To = c.To
			continue
		}
		joined = append(joined, c)
	}
	return joined
}
