package reach

import (
	"slices"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// Grid is a Matrix by destination with the access of every pair of workloads at hand:
// for as many as people look at.
type Grid struct {
	*Matrix
	at       []int32   // by source and destination; -1 for none
	inbound  [][]Group // by destination: peers outside
	outbound [][]Group // by source
}

// Grid lays out a Matrix by destination.
func (m *Matrix) Grid() *Grid {
	n := len(m.Ends)
	g := &Grid{Matrix: m, at: make([]int32, n*n), inbound: make([][]Group, n), outbound: make([][]Group, n)}
	for i := range g.at {
		g.at[i] = -1
	}
	places := map[*netpol.End]int{}
	for i, end := range m.Ends {
		places[end] = i
	}
	for i := range m.Lines {
		line := &m.Lines[i]
		for j := range line.Groups {
			group := &line.Groups[j]
			if line.Peer.End == nil {
				g.addOutbound(line.Peer, group)
				continue
			}
			dst := places[line.Peer.End]
			for src := range n {
				if group.Ends.Has(src) {
					g.at[src*n+dst] = int32(group.Access)
				}
			}
			if len(group.Ranges) > 0 || group.Ingress {
				g.inbound[dst] = append(g.inbound[dst], Group{Access: group.Access, Ranges: group.Ranges, Ingress: group.Ingress})
			}
		}
	}
	return g
}

func (g *Grid) addOutbound(peer Peer, group *Group) {
	for src := range g.Ends {
		if !group.Ends.Has(src) {
			continue
		}
		same := func(other Group) bool { return other.Access == group.Access }
		at := slices.IndexFunc(g.outbound[src], same)
		if at < 0 {
			at = len(g.outbound[src])
			g.outbound[src] = append(g.outbound[src], Group{Access: group.Access})
		}
		g.outbound[src][at].Ranges = append(g.outbound[src][at].Ranges, peer.Range)
	}
}

// Access is what one workload can open to another; nil for nothing.
func (g *Grid) Access(src, dst int) Access {
	if id := g.at[src*len(g.Ends)+dst]; id >= 0 {
		return g.Accesses[id]
	}
	return nil
}

// From are the groups outside that reach a workload.
func (g *Grid) From(dst int) []Group { return g.inbound[dst] }

// To are the groups outside that a workload reaches.
func (g *Grid) To(src int) []Group { return g.outbound[src] }

// Alike parts the workloads: those of one namespace that no connection tells apart
// stand together, in the order of the first of each.
func (g *Grid) Alike() [][]int {
	var parts [][]int
	for i := range g.Ends {
		at := slices.IndexFunc(parts, func(part []int) bool { return g.twins(part[0], i) })
		if at < 0 {
			parts = append(parts, []int{i})
			continue
		}
		parts[at] = append(parts[at], i)
	}
	return parts
}

// twins reports whether every other peer is the same to both, and they to each other.
// That is transitive.
func (g *Grid) twins(i, j int) bool {
	n := len(g.Ends)
	if g.Ends[i].Namespace != g.Ends[j].Namespace || g.at[i*n+i] != g.at[j*n+j] || g.at[i*n+j] != g.at[j*n+i] {
		return false
	}
	for k := range n {
		if k != i && k != j && (g.at[i*n+k] != g.at[j*n+k] || g.at[k*n+i] != g.at[k*n+j]) {
			return false
		}
	}
	return keyOf(g.inbound[i]) == keyOf(g.inbound[j]) && keyOf(g.outbound[i]) == keyOf(g.outbound[j])
}
