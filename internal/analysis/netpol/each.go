package netpol

import (
	"iter"
	"slices"
)

// Each yields every connection that is not denied, by source and destination (ends
// first, then IPv4, then IPv6), protocol and port; last, by destination, those from
// outside. Port ranges and address ranges are as wide as they can be. From one range of
// addresses to another there is none, and none from an End to itself that is a single
// pod: that is always allowed.
func (n *Network) Each(yield func(Connection) bool) {
	m := n.newMatrix()
	rows := make([][]group, len(n.classes))
	to := make([]int32, len(n.classes)) // the group that a class is in, from 1 on
	for i, e := range n.ends {
		c := n.classOf[i]
		if rows[c] == nil {
			rows[c] = m.from(int(c))
		}
		clear(to)
		for g := range rows[c] {
			rows[c][g].members.each(func(d int) bool {
				if d >= len(to) {
					return false
				}
				to[d] = int32(g) + 1
				return true
			})
		}
		for j, d := range n.ends {
			g := to[n.classOf[j]]
			if g > 0 && (i != j || e.Replicated) && !connect(yield, Of(e), Of(d), rows[c][g-1].ports) {
				return
			}
		}
		if !n.toOutside(yield, e, rows[c]) {
			return
		}
	}
	n.fromOutside(yield, m)
}

// connect yields the connections between two peers.
func connect(yield func(Connection) bool, src, dst Peer, ports []PortRange) bool {
	for _, p := range ports {
		if !yield(Connection{Src: src, Dst: dst, Protocol: p.Protocol, From: p.From, To: p.To, Verdict: p.Verdict}) {
			return false
		}
	}
	return true
}

func (n *Network) toOutside(yield func(Connection) bool, e *End, row []group) bool {
	for _, r := range n.outsideOf(row) {
		if !connect(yield, Of(e), Peer{Range: r.addresses}, r.ports) {
			return false
		}
	}
	return true
}

func (n *Network) fromOutside(yield func(Connection) bool, m *matrix) {
	columns := make([]int, len(n.classes))
	for i := range columns {
		columns[i] = -1
	}
	for i := range m.columns {
		m.columns[i].members.each(func(c int) bool { columns[c] = i; return true })
	}
	rows := make([][]groupRange, len(m.columns))
	for i, e := range n.ends {
		var ranges []groupRange
		if column := columns[n.classOf[i]]; column < 0 {
			ranges = n.outsideOf(m.toSpecial(int(n.classOf[i])))
		} else {
			if rows[column] == nil {
				rows[column] = n.outsideOf(m.fromOutside(column))
			}
			ranges = rows[column]
		}
		for _, r := range ranges {
			if !connect(yield, Peer{Range: r.addresses}, Of(e), r.ports) {
				return
			}
		}
	}
}

// groupRange is a range of addresses that are treated alike.
type groupRange struct {
	addresses Range
	ports     []PortRange
}

// outsideOf lists the ranges of addresses of groups in their order.
func (n *Network) outsideOf(groups []group) []groupRange {
	var ranges []groupRange
	for _, g := range groups {
		for _, r := range (Group{n, g.members}).Ranges() {
			ranges = append(ranges, groupRange{r, g.ports})
		}
	}
	slices.SortFunc(ranges, func(a, b groupRange) int { return a.addresses.From.Compare(b.addresses.From) })
	return ranges
}

// Connections is Each as an iterator.
func (n *Network) Connections() iter.Seq[Connection] { return n.Each }
