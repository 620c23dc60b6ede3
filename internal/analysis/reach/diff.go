package reach

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// Change is how a connection differs between two networks.
type Change uint8

// The changes.
const (
	Gained   Change = iota // it was denied
	Lost                   // it is denied now
	Changed                // the verdict or its condition is another one, or was or is unknown
	Appeared               // one of its workloads is new
	Vanished               // one of its workloads is gone
)

// String is the word used in reports.
func (c Change) String() string {
	return [...]string{"gained", "lost", "changed", "appeared", "vanished"}[c]
}

// MarshalText implements encoding.TextMarshaler.
func (c Change) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Difference is one connection that differs. The peers are those of the new network,
// where it has them. Of a workload that only one network has, the verdict in the other
// is Denied, or Unknown if that one may have had it and could not be read.
type Difference struct {
	Change        Change
	Src, Dst      Peer
	Protocol      netpol.Protocol
	From, To      uint16
	Before, After State
}

// State is a verdict with its condition.
type State struct {
	Verdict   Verdict
	Condition string
}

// Grew reports whether more can be reached than before, as far as is known: a verdict
// is more open, or a condition is another one.
func (d *Difference) Grew() bool {
	switch {
	case d.Before.Verdict == Unknown || d.After.Verdict == Unknown:
		return false
	case d.Before.Verdict == Conditional && d.After.Verdict == Conditional:
		return true // what a condition lets through is not compared
	default:
		return d.After.Verdict > d.Before.Verdict
	}
}

// Uncertain reports whether it cannot be told if more can be reached than before.
func (d *Difference) Uncertain() bool {
	switch {
	case d.After.Verdict == Unknown:
		return d.Before.Verdict != Allowed
	default:
		return d.Before.Verdict == Unknown && d.After.Verdict != Denied
	}
}

// Diff compares two networks by their connections, sorted as a list of connections is.
// Workloads are the same where they have the same namespace, name and kind. It calls
// yield with each difference, as wide as it can be, until that returns false.
func Diff(before, after *Network, yield func(*Difference) bool) {
	d := newDiffer(before, after)
	for i := range d.ends {
		if !d.outbound(i, yield) {
			return
		}
	}
	var list []Difference
	for i := range d.ends {
		d.inbound(i, func(x *Difference) bool { list = append(list, *x); return true })
	}
	slices.SortFunc(list, func(a, b Difference) int {
		return cmp.Or(a.Src.Compare(b.Src), a.Dst.Compare(b.Dst), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.From, b.From))
	})
	for i := range list {
		if !yield(&list[i]) {
			return
		}
	}
}

// differ compares the sides: before is 0, after 1.
type differ struct {
	ends    [][2]*netpol.End // of both sides, by name
	sides   [2]side
	known   map[[2]int][]Difference // by accesses; without peers
	partial [2]bool                 // workloads that a side lacks may be there
}

// side is one network: its matrices, and where in them the ends stand.
type side struct {
	out, in *Matrix // from workloads, by source; from outside, by destination
	place   []int   // in Ends, by position in differ.ends; -1 for none
	lineOut []int   // in out.Lines, likewise
	lineIn  []int
}

func newDiffer(before, after *Network) *differ {
	d := &differ{known: map[[2]int][]Difference{}, partial: [2]bool{before.partial, after.partial}}
	at := map[string]int{}
	for i, n := range []*Network{before, after} {
		for _, end := range n.Ends() {
			key := end.Object.Group + "/" + end.String()
			which, ok := at[key]
			if !ok {
				which = len(d.ends)
				at[key] = which
				d.ends = append(d.ends, [2]*netpol.End{})
			}
			d.ends[which][i] = end
		}
	}
	slices.SortFunc(d.ends, func(a, b [2]*netpol.End) int { return cmp.Or(a[1], a[0]).Compare(cmp.Or(b[1], b[0])) })
	for i, n := range []*Network{before, after} {
		d.sides[i] = d.side(n, i)
	}
	return d
}

func (d *differ) side(n *Network, which int) side {
	s := side{
		out: n.Matrix(only(n.Connections(), func(c *Connection) bool { return c.Src.End != nil }), true),
		in:  n.Matrix(only(n.Connections(), func(c *Connection) bool { return c.Src.End == nil }), false),
	}
	places, out, in := map[*netpol.End]int{}, map[*netpol.End]int{}, map[*netpol.End]int{}
	for i, end := range n.Ends() {
		places[end] = i + 1
	}
	for i := range s.out.Lines {
		out[s.out.Lines[i].Peer.End] = i + 1
	}
	for i := range s.in.Lines {
		in[s.in.Lines[i].Peer.End] = i + 1
	}
	for _, ends := range d.ends {
		s.place = append(s.place, places[ends[which]]-1)
		s.lineOut = append(s.lineOut, out[ends[which]]-1)
		s.lineIn = append(s.lineIn, in[ends[which]]-1)
	}
	return s
}

func only(list iter.Seq[*Connection], keep func(*Connection) bool) iter.Seq[*Connection] {
	return func(yield func(*Connection) bool) {
		for c := range list {
			if keep(c) && !yield(c) {
				return
			}
		}
	}
}

// line is that of a position, empty where there is none.
func line(m *Matrix, lines []int, position int) Line {
	if at := lines[position]; at >= 0 {
		return m.Lines[at]
	}
	return Line{}
}

// outbound compares what one workload reaches.
func (d *differ) outbound(position int, yield func(*Difference) bool) bool {
	var lines [2]Line
	var to [2][]int32 // accesses by position of the destination
	for i := range d.sides {
		s := &d.sides[i]
		lines[i] = line(s.out, s.lineOut, position)
		to[i] = s.spread(lines[i])
	}
	src := d.peer(position)
	for dst := range d.ends {
		if to[0][dst] < 0 && to[1][dst] < 0 || dst == position && d.alone(dst) {
			continue
		}
		if !d.tell(src, d.peer(dst), d.differences(d.sides[0].out, d.sides[1].out, int(to[0][dst]), int(to[1][dst])), yield) {
			return false
		}
	}
	return d.outside(lines, [2]*Matrix{d.sides[0].out, d.sides[1].out}, func(found []Difference, addresses netpol.Range) bool {
		return d.tell(src, sidePeer{Peer: Peer{Peer: netpol.Peer{Range: addresses}}}, found, yield)
	})
}

// alone reports whether a workload has a single pod on some side: what that says to
// itself is not listed, so that more pods of it are no connection that was gained.
func (d *differ) alone(position int) bool {
	return slices.ContainsFunc(d.ends[position][:], func(e *netpol.End) bool { return e != nil && !e.Replicated })
}

// inbound compares what reaches one workload from outside.
func (d *differ) inbound(position int, yield func(*Difference) bool) {
	var lines [2]Line
	ingress := [2]int{-1, -1}
	for i := range d.sides {
		s := &d.sides[i]
		lines[i] = line(s.in, s.lineIn, position)
		for _, g := range lines[i].Groups {
			if g.Ingress {
				ingress[i] = g.Access
			}
		}
	}
	dst, matrices := d.peer(position), [2]*Matrix{d.sides[0].in, d.sides[1].in}
	d.outside(lines, matrices, func(found []Difference, addresses netpol.Range) bool {
		return d.tell(sidePeer{Peer: Peer{Peer: netpol.Peer{Range: addresses}}}, dst, found, yield)
	})
	d.tell(sidePeer{Peer: Peer{Ingress: true}}, dst, differences(accessOf(matrices[0], ingress[0]), accessOf(matrices[1], ingress[1])), yield)
}

// spread is the access of a line to each position of the differ.
func (s *side) spread(l Line) []int32 {
	to := make([]int32, len(s.place))
	for i := range to {
		to[i] = -1
		if s.place[i] < 0 {
			continue
		}
		for j := range l.Groups {
			if l.Groups[j].Ends.Has(s.place[i]) {
				to[i] = int32(l.Groups[j].Access)
			}
		}
	}
	return to
}

func accessOf(m *Matrix, id int) Access {
	if id < 0 {
		return nil
	}
	return m.Accesses[id]
}

// differences are those of two accesses of the outbound matrices, found once.
func (d *differ) differences(before, after *Matrix, old, new int) []Difference {
	found, ok := d.known[[2]int{old, new}]
	if !ok {
		found = differences(accessOf(before, old), accessOf(after, new))
		d.known[[2]int{old, new}] = found
	}
	return found
}

// outside compares the addresses of two lines, by ranges on which neither changes, and
// tells of ranges as wide as they can be.
func (d *differ) outside(lines [2]Line, matrices [2]*Matrix, tell func([]Difference, netpol.Range) bool) bool {
	var run []Difference
	var wide netpol.Range
	for _, addresses := range atoms(lines) {
		found := differences(within(matrices[0], lines[0], addresses.From), within(matrices[1], lines[1], addresses.From))
		if wide.From.IsValid() && wide.To.Next() == addresses.From && slices.Equal(run, found) {
			wide.To = addresses.To
			continue
		}
		if len(run) > 0 && !tell(run, wide) {
			return false
		}
		run, wide = found, addresses
	}
	return len(run) == 0 || tell(run, wide)
}

// sidePeer is a peer, and whether it is there before and after.
type sidePeer struct {
	Peer
	new, gone bool
}

func (d *differ) peer(position int) sidePeer {
	ends := d.ends[position]
	return sidePeer{Peer{Peer: netpol.Of(cmp.Or(ends[1], ends[0]))}, ends[0] == nil, ends[1] == nil}
}

// tell yields differences between two peers.
func (d *differ) tell(src, dst sidePeer, found []Difference, yield func(*Difference) bool) bool {
	for _, x := range found {
		x.Src, x.Dst = src.Peer, dst.Peer
		appeared, vanished := src.new || dst.new, src.gone || dst.gone
		switch {
		case appeared && d.partial[0]:
			x.Before, x.Change = State{}, Changed
		case vanished && d.partial[1]:
			x.After, x.Change = State{}, Changed
		case appeared:
			x.Change = Appeared
		case vanished:
			x.Change = Vanished
		case x.Before.Verdict == Unknown || x.After.Verdict == Unknown:
			x.Change = Changed
		case x.Before.Verdict == Denied:
			x.Change = Gained
		case x.After.Verdict == Denied:
			x.Change = Lost
		default:
			x.Change = Changed
		}
		if !yield(&x) {
			return false
		}
	}
	return true
}

// atoms are the ranges of addresses between all boundaries of two lines.
func atoms(lines [2]Line) []netpol.Range {
	var ranges []netpol.Range
	for _, l := range lines {
		for i := range l.Groups {
			ranges = append(ranges, l.Groups[i].Ranges...)
		}
	}
	var starts []netip.Addr
	for _, r := range ranges {
		starts = append(starts, r.From)
		if next := r.To.Next(); next.IsValid() {
			starts = append(starts, next)
		}
	}
	slices.SortFunc(starts, netip.Addr.Compare)
	starts = slices.Compact(starts)
	var list []netpol.Range
	for i, start := range starts {
		atom := netpol.Range{From: start, To: lastOf(start)}
		if i+1 < len(starts) && starts[i+1].BitLen() == start.BitLen() {
			atom.To = starts[i+1].Prev()
		}
		list = append(list, atom)
	}
	return list
}

// lastOf is the highest address of the family of an address.
func lastOf(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.AddrFrom4([4]byte{255, 255, 255, 255})
	}
	raw := [16]byte{}
	for i := range raw {
		raw[i] = 255
	}
	return netip.AddrFrom16(raw)
}

// within is what a line says of an address.
func within(m *Matrix, l Line, address netip.Addr) Access {
	for i := range l.Groups {
		for _, r := range l.Groups[i].Ranges {
			if r.Contains(address) {
				return m.Accesses[l.Groups[i].Access]
			}
		}
	}
	return nil
}

// differences walks along two accesses. It returns what differs without peers.
func differences(before, after Access) []Difference {
	var list []Difference
	for _, protocol := range netpol.Protocols() {
		old, new := of(before, protocol), of(after, protocol)
		starts := []int{}
		for _, p := range slices.Concat(old, new) {
			starts = append(starts, int(p.From), int(p.To)+1)
		}
		slices.Sort(starts)
		starts = slices.Compact(starts)
		for i := 0; i+1 < len(starts); i++ {
			from, to := uint16(starts[i]), uint16(starts[i+1]-1)
			was, is := stateAt(old, from), stateAt(new, from)
			if was == is {
				continue
			}
			if last := len(list) - 1; last >= 0 && list[last].Protocol == protocol && int(list[last].To)+1 == starts[i] && list[last].Before == was && list[last].After == is {
				list[last].To = to
				continue
			}
			list = append(list, Difference{Protocol: protocol, From: from, To: to, Before: was, After: is})
		}
	}
	return list
}

func of(access Access, protocol netpol.Protocol) Access {
	var list Access
	for _, p := range access {
		if p.Protocol == protocol {
			list = append(list, p)
		}
	}
	return list
}

func stateAt(access Access, port uint16) State {
	for _, p := range access {
		if p.From <= port && port <= p.To {
			return State{p.Verdict, p.Condition}
		}
	}
	return State{Verdict: Denied}
}
