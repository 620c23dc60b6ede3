package netpol

import (
	"iter"
	"math/bits"
)

// PortRange is a range of ports with one verdict, as wide as it can be.
type PortRange struct {
	Protocol Protocol
	From, To uint16
	Verdict  Verdict
}

// Group is a set of peers.
type Group struct {
	n       *Network
	members set
}

// Ends yields the ends of a Group in no particular order.
func (g Group) Ends(yield func(*End) bool) {
	g.members.each(func(c int) bool {
		if c >= len(g.n.classes) {
			return false
		}
		for _, i := range g.n.classes[c].ends {
			if !yield(g.n.ends[i]) {
				return false
			}
		}
		return true
	})
}

// Len is the number of ends.
func (g Group) Len() int {
	count := 0
	g.members.each(func(c int) bool {
		if c >= len(g.n.classes) {
			return false
		}
		count += len(g.n.classes[c].ends)
		return true
	})
	return count
}

// Ranges lists the addresses outside the cluster, IPv4 first.
func (g Group) Ranges() []Range {
	var ranges []Range
	from, to, family6 := -1, -1, g.n.atoms.family6()
	flush := func() {
		if from >= 0 {
			ranges = append(ranges, g.n.atoms.rangeOf(from, to))
		}
	}
	outside := span(g.n.atomBase, g.n.atomBase+len(g.n.atoms.starts))
	outside = outside.and(g.members)
	outside.each(func(member int) bool {
		i := member - g.n.atomBase
		if i != to || i == family6 {
			flush()
			from = i
		}
		to = i + 1
		return true
	})
	flush()
	return ranges
}

// Flow is what every peer in Src can open to every peer in Dst, itself excepted. It
// lists what is not denied.
type Flow struct {
	Src, Dst Group
	Ports    []PortRange
}

// Flows yields all that is not denied, as products of groups, without looking at pairs
// of ends. For one source and one destination there is one Flow at most. First come
// the flows from ends, then those from outside.
func (n *Network) Flows() iter.Seq[Flow] {
	return func(yield func(Flow) bool) {
		m := n.newMatrix()
		for c := range n.classes {
			for _, f := range m.from(c) {
				if !yield(Flow{Src: Group{n, span(c, c+1)}, Dst: Group{n, f.members}, Ports: f.ports}) {
					return
				}
			}
		}
		for i := range m.columns {
			if !yieldInto(yield, n, m.fromOutside(i), m.columns[i].members) {
				return
			}
		}
		for _, c := range m.special {
			if !yieldInto(yield, n, m.toSpecial(c), span(c, c+1)) {
				return
			}
		}
	}
}

func yieldInto(yield func(Flow) bool, n *Network, sources []group, dst set) bool {
	for _, f := range sources {
		if !yield(Flow{Src: Group{n, f.members}, Dst: Group{n, dst}, Ports: f.ports}) {
			return false
		}
	}
	return true
}

// matrix walks over all pairs of classes by rows. Its methods take the lock of the
// Network; what they return needs none.
type matrix struct {
	n        *Network
	ordinary set // classes that are seen in one way only
	special  []int
	columns  []column
	usual    parts // what the destinations say to most sources
	block    int   // of sources, of 64 each, that rare is about
	rare     [64][]exception
	ports    map[function][]PortRange
}

// column is the destinations with one program of ingress.
type column struct {
	program *program
	row     *row
	members set
}

// exception is what one column says to one source, if that is not what it says to most.
type exception struct {
	column   int32
	function function
}

// group is some peers and what may be opened to them.
type group struct {
	members set
	ports   []PortRange
}

func (n *Network) newMatrix() *matrix {
	m := &matrix{n: n, ordinary: span(0, len(n.classes)), block: -1, ports: map[function][]PortRange{}}
	if n.profile.HostNetwork != Applies {
		m.ordinary.subtract(n.hosts)
		n.hosts.each(func(c int) bool { m.special = append(m.special, c); return true })
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	known := map[*program]int{}
	m.ordinary.each(func(c int) bool {
		p := n.programs[Ingress][c]
		i, ok := known[p]
		if !ok {
			i = len(m.columns)
			known[p] = i
			m.columns = append(m.columns, column{program: p, row: n.row(p)})
		}
		m.columns[i].members.add(c)
		return true
	})
	for i := range m.columns {
		m.usual.add(m.columns[i].row.parts[0].function, m.columns[i].members.clone())
	}
	return m
}

// load finds the exceptions for the sources of a block.
func (m *matrix) load(block int) {
	if m.block == block {
		return
	}
	m.block = block
	for i := range m.rare {
		m.rare[i] = m.rare[i][:0]
	}
	for i := range m.columns {
		for _, p := range m.columns[i].row.parts[1:] {
			at := block - p.members.offset
			if at < 0 || at >= len(p.members.words) {
				continue
			}
			for word := p.members.words[at]; word != 0; word &= word - 1 {
				s := bits.TrailingZeros64(word)
				m.rare[s] = append(m.rare[s], exception{int32(i), p.function})
			}
		}
	}
}

// incoming is what the ordinary destinations say to a source.
func (m *matrix) incoming(source int) parts {
	m.load(source / 64)
	rare := m.rare[source%64]
	if len(rare) == 0 {
		return m.usual
	}
	var out set
	var moved parts
	for _, e := range rare {
		members := m.columns[e.column].members
		out.union(members)
		moved.add(e.function, members.clone())
	}
	var all parts
	for i := range m.usual {
		if rest := m.usual[i].members.minus(out); !rest.empty() {
			all.add(m.usual[i].function, rest)
		}
	}
	for _, p := range moved {
		all.add(p.function, p.members)
	}
	return all
}

// from lists what a class can open.
func (m *matrix) from(c int) []group {
	n := m.n
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.classes[c].host && n.profile.HostNetwork != Applies {
		return m.fromSpecial(c)
	}
	var found parts
	outgoing, incoming := n.row(n.programs[Egress][c]).parts, m.incoming(c)
	outside := span(n.atomBase, n.atomBase+len(n.atoms.starts))
	for i := range outgoing {
		for j := range incoming {
			if both := outgoing[i].members.and(incoming[j].members); !both.empty() {
				m.enter(&found, n.bothSides(outgoing[i].function, incoming[j].function), both)
			}
		}
		m.enter(&found, outgoing[i].function, outgoing[i].members.and(outside))
	}
	for _, special := range m.special {
		m.enter(&found, n.pair(n.placeOfClass(c), n.placeOfClass(special)), span(special, special+1))
	}
	return m.groups(found)
}

// fromSpecial looks at every destination by itself.
func (m *matrix) fromSpecial(c int) []group {
	n := m.n
	var found parts
	src := n.placeOfClass(c)
	for d := range n.classes {
		m.enter(&found, n.pair(src, n.placeOfClass(d)), span(d, d+1))
	}
	for i := range n.atoms.starts {
		member := n.atomBase + i
		m.enter(&found, n.pair(src, place{class: -1, member: member, node: member}), span(member, member+1))
	}
	return m.groups(found)
}

// fromOutside lists what addresses outside the cluster can open to a column.
func (m *matrix) fromOutside(i int) []group {
	m.n.mu.Lock()
	defer m.n.mu.Unlock()
	outside := span(m.n.atomBase, m.n.atomBase+len(m.n.atoms.starts))
	var found parts
	for _, p := range m.columns[i].row.parts {
		m.enter(&found, p.function, p.members.and(outside))
	}
	return m.groups(found)
}

// toSpecial lists what addresses outside the cluster can open to a class that is seen
// in two ways.
func (m *matrix) toSpecial(c int) []group {
	m.n.mu.Lock()
	defer m.n.mu.Unlock()
	var found parts
	dst := m.n.placeOfClass(c)
	for i := range m.n.atoms.starts {
		member := m.n.atomBase + i
		m.enter(&found, m.n.pair(place{class: -1, member: member, node: member}, dst), span(member, member+1))
	}
	return m.groups(found)
}

func (m *matrix) enter(found *parts, f function, members set) {
	if !members.empty() {
		found.add(f, members)
	}
}

// groups drops what is denied altogether.
func (m *matrix) groups(found parts) []group {
	all := make([]group, 0, len(found))
	for _, p := range found {
		if ports := m.portsOf(p.function); len(ports) > 0 {
			all = append(all, group{members: p.members, ports: ports})
		}
	}
	return all
}

// portsOf lists the ports that are not denied.
func (m *matrix) portsOf(f function) []PortRange {
	if ports, ok := m.ports[f]; ok {
		return ports
	}
	var ports []PortRange
	runs := m.n.functions.runs[f]
	for i, r := range runs {
		if Verdict(r.value) == Denied {
			continue
		}
		end := uint32(portLimit)
		if i+1 < len(runs) {
			end = runs[i+1].from
		}
		for from := r.from; from < end; from = from>>portBits<<portBits + 1<<portBits {
			to := min(end-1, from|(1<<portBits-1))
			ports = append(ports, PortRange{
				Protocol: Protocol(from >> portBits), From: max(1, uint16(from)), To: uint16(to), Verdict: Verdict(r.value),
			})
		}
	}
	m.ports[f] = ports
	return ports
}

// bothSides combines what the two sides say.
func (n *Network) bothSides(a, b function) function {
	if a > b {
		a, b = b, a
	}
	return n.functions.both(bothSides, a, b, func(a, b uint8) uint8 { return uint8(Verdict(a).and(Verdict(b))) })
}

// pair is what one class or atom may open to another, one of them perhaps seen in two
// ways. The lock is held.
func (n *Network) pair(src, dst place) function {
	allowed := n.functions.constant(uint8(Allowed))
	var result function
	for i, world := range n.worlds(src, dst) {
		f := allowed
		if src.class >= 0 {
			f = n.bothSides(f, n.sideFunction(Egress, world, src, dst))
		}
		if dst.class >= 0 {
			f = n.bothSides(f, n.sideFunction(Ingress, world, dst, src))
		}
		if i == 0 {
			result = f
			continue
		}
		result = n.functions.both(eitherWorld, result, f, func(a, b uint8) uint8 { return uint8(Verdict(a).agree(Verdict(b))) })
	}
	return result
}
