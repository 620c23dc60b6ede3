package reach

import (
	"iter"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// pair is two peers.
type pair struct{ src, dst Peer }

// policied are the pairs between which policies let something through, by source and
// destination, with what. The Access is good until the next one.
func (n *Network) policied() iter.Seq2[pair, Access] {
	return func(yield func(pair, Access) bool) {
		var at pair
		var access Access
		for c := range n.Policies.Connections() {
			if c.Src.End != nil && c.Src.End == c.Dst.End && !c.Src.End.Replicated {
				continue
			}
			next := pair{Peer{Peer: c.Src}, Peer{Peer: c.Dst}}
			if next != at {
				if len(access) > 0 && !yield(at, access) {
					return
				}
				at, access = next, access[:0]
			}
			access = append(access, Ports{Protocol: c.Protocol, From: c.From, To: c.To, Verdict: ofPolicies(c.Verdict)})
		}
		if len(access) > 0 {
			yield(at, access)
		}
	}
}

// pairs are those of policied and, with nothing, those between which only a waypoint
// may lead.
func (n *Network) pairs() iter.Seq2[pair, Access] {
	if n.mesh == nil || !n.mesh.detours {
		return n.policied()
	}
	return func(yield func(pair, Access) bool) {
		ends := n.Ends()
		position := map[*netpol.End]int{}
		for i, end := range ends {
			position[end] = i
		}
		place := func(p Peer) int { // outside comes last
			if p.End == nil {
				return len(ends)
			}
			return position[p.End]
		}
		next := 0 // pairs of ends by their number
		skipTo := func(number int) bool {
			for ; next < number; next++ {
				src, dst := ends[next/len(ends)], ends[next%len(ends)]
				p := pair{Peer{Peer: netpol.Of(src)}, Peer{Peer: netpol.Of(dst)}}
				if n.mesh.detoured(src, dst) && !yield(p, nil) {
					return false
				}
			}
			return true
		}
		for p, access := range n.policied() {
			number := len(ends) * len(ends)
			if src := place(p.src); src < len(ends) {
				number = src*len(ends) + min(place(p.dst), len(ends))
			}
			if !skipTo(number) || !yield(p, access) {
				return
			}
			if p.src.End != nil && p.dst.End != nil {
				next = number + 1
			}
		}
		skipTo(len(ends) * len(ends))
	}
}
