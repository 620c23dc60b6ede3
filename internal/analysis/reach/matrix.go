package reach

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// Matrix is connections by pair of peers: of each peer on one side of them, which
// peers are on the other.
type Matrix struct {
	BySource bool          // lines are sources
	Ends     []*netpol.End // what Sets are of
	Accesses []Access      // what Groups are of
	Lines    []Line        // by peer
}

// Line is one peer with the peers of the other side.
type Line struct {
	Peer   Peer
	Groups []Group
}

// Group is the peers of the other side with one access.
type Group struct {
	Access  int
	Ends    Set
	Ranges  []netpol.Range
	Ingress bool
}

// Matrix gathers connections of the network, such as Connections gives, which come by
// source and destination.
func (n *Network) Matrix(connections iter.Seq[*Connection], bySource bool) *Matrix {
	b := matrixBuilder{Matrix: &Matrix{BySource: bySource, Ends: n.Ends()}, places: map[*netpol.End]int{}, lines: map[Peer]int{}}
	for i, end := range b.Ends {
		b.places[end] = i
	}
	var src, dst Peer
	var access Access
	for c := range connections {
		if c.Src != src || c.Dst != dst {
			b.enter(src, dst, access)
			src, dst, access = c.Src, c.Dst, access[:0]
		}
		access = append(access, Ports{c.Protocol, c.From, c.To, c.Verdict, c.Condition})
	}
	b.enter(src, dst, access)
	b.Accesses = b.table.list
	slices.SortFunc(b.Lines, func(x, y Line) int { return x.Peer.Compare(y.Peer) })
	for i := range b.Lines {
		groups := b.Lines[i].Groups
		slices.SortFunc(groups, func(x, y Group) int {
			return cmp.Or(b.Accesses[x.Access].Compare(b.Accesses[y.Access]), cmp.Compare(x.Access, y.Access))
		})
	}
	return b.Matrix
}

type matrixBuilder struct {
	*Matrix
	table  accesses
	places map[*netpol.End]int
	lines  map[Peer]int
	groups []map[int]int // by line: where the group of an access is
}

func (b *matrixBuilder) enter(src, dst Peer, access Access) {
	if len(access) == 0 {
		return
	}
	if b.BySource {
		src, dst = dst, src
	}
	at, ok := b.lines[dst]
	if !ok {
		at = len(b.Lines)
		b.lines[dst] = at
		b.Lines = append(b.Lines, Line{Peer: dst})
		b.groups = append(b.groups, map[int]int{})
	}
	line, id := &b.Lines[at], b.table.number(access)
	which, ok := b.groups[at][id]
	if !ok {
		which = len(line.Groups)
		b.groups[at][id] = which
		line.Groups = append(line.Groups, Group{Access: id, Ends: newSet(len(b.Ends))})
	}
	g := &line.Groups[which]
	switch {
	case src.Ingress:
		g.Ingress = true
	case src.End != nil:
		g.Ends.add(b.places[src.End])
	default:
		g.Ranges = append(g.Ranges, src.Range)
	}
}

// Block is lines that say the same.
type Block struct {
	Peers  []Peer
	Groups []Group
}

// Blocks joins lines that say the same, in the order of the first of each. What a
// workload is to itself, where no layer sees that, is what it is to the others of them.
func (m *Matrix) Blocks() []Block {
	var blocks []Block
	known := map[string]int{}
	places := map[*netpol.End]int{}
	for i, end := range m.Ends {
		places[end] = i
	}
	for i := range m.Lines {
		groups, own := m.Lines[i].Groups, m.Lines[i].Groups
		if end := m.Lines[i].Peer.End; end != nil && !end.Replicated {
			groups = m.withItself(m.Lines[i], places[end])
		}
		key := keyOf(groups)
		at, ok := known[key]
		if !ok {
			at = len(blocks)
			known[key] = at
			blocks = append(blocks, Block{Groups: own})
		} else {
			blocks[at].Groups = groups
		}
		blocks[at].Peers = append(blocks[at].Peers, m.Lines[i].Peer)
	}
	return blocks
}

// withItself puts a workload into the group that has the rest of its namespace, if
// there is one: of several, into the largest.
func (m *Matrix) withItself(line Line, place int) []Group {
	from, to := m.Namespace(place)
	best, most := -1, 0
	for i := range line.Groups {
		ends := line.Groups[i].Ends
		n, near := ends.Count(), ends.CountIn(from, to)
		if rest := near > 0 && near+1 == to-from || n+1 == len(m.Ends); rest && n > most {
			best, most = i, n
		}
	}
	if best < 0 {
		return line.Groups
	}
	groups := slices.Clone(line.Groups)
	groups[best].Ends = slices.Clone(groups[best].Ends)
	groups[best].Ends.add(place)
	return groups
}

// Namespace is the range of positions of the workloads that are in the namespace of
// one of them.
func (m *Matrix) Namespace(place int) (from, to int) {
	name := m.Ends[place].Namespace
	for from = place; from > 0 && m.Ends[from-1].Namespace == name; from-- {
	}
	for to = place; to < len(m.Ends) && m.Ends[to].Namespace == name; to++ {
	}
	return from, to
}

func keyOf(groups []Group) string {
	var raw []byte
	for i := range groups {
		g := &groups[i]
		raw = binary.AppendUvarint(raw, uint64(g.Access))
		raw = append(raw, flag(g.Ingress))
		for _, word := range g.Ends {
			raw = binary.LittleEndian.AppendUint64(raw, word)
		}
		raw = binary.AppendUvarint(raw, uint64(len(g.Ranges)))
		for _, r := range g.Ranges {
			raw = append(raw, byte(r.From.BitLen()))
			raw = append(append(raw, r.From.AsSlice()...), r.To.AsSlice()...)
		}
	}
	return string(raw)
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
