package netpol

import (
	"net/netip"
	"slices"
	"strconv"
)

// class is a set of ends that no policy tells apart.
type class struct {
	ends      []int32
	host      bool
	node      int // its member of the universe as part of its node; -1 for pods that are not in the host network
	ports     []NamedPort
	signature string // of the named ports
	addresses []netip.Addr
	nodes     []string // known names of nodes that its pods run on
}

// partition groups ends by what can be told of them. It is refined set by set.
type partition struct {
	of   []int32 // class of each end
	size []int32
	hits []int32
	into []int32
}

func newPartition(count int) *partition {
	return &partition{of: make([]int32, count), size: []int32{int32(count)}, hits: []int32{0}, into: []int32{-1}}
}

// refine tells the ends in a set apart from those that are not.
func (p *partition) refine(s set) {
	var touched []int32
	s.each(func(i int) bool {
		c := p.of[i]
		if p.hits[c] == 0 {
			touched = append(touched, c)
		}
		p.hits[c]++
		return true
	})
	split := false
	for _, c := range touched {
		if p.hits[c] < p.size[c] {
			p.into[c] = int32(len(p.size))
			p.size[c] -= p.hits[c]
			p.size, p.hits, p.into = append(p.size, p.hits[c]), append(p.hits, 0), append(p.into, -1)
			split = true
		}
		p.hits[c] = 0
	}
	if !split {
		return
	}
	s.each(func(i int) bool {
		if to := p.into[p.of[i]]; to >= 0 {
			p.of[i] = to
		}
		return true
	})
	for _, c := range touched {
		p.into[c] = -1
	}
}

// refineBy tells ends with different texts apart.
func (p *partition) refineBy(text func(int) string) {
	type key struct {
		class int32
		text  string
	}
	known := map[key]int32{}
	for i := range p.of {
		k := key{p.of[i], text(i)}
		c, ok := known[k]
		if !ok {
			c = int32(len(known))
			known[k] = c
		}
		p.of[i] = c
	}
	p.size = make([]int32, len(known))
	p.hits, p.into = make([]int32, len(known)), make([]int32, len(known))
	for i := range p.into {
		p.into[i] = -1
	}
	for _, c := range p.of {
		p.size[c]++
	}
}

// number renames the classes in the order of their first ends, so that what lies in one
// namespace stands together.
func (p *partition) number() int {
	names := make([]int32, len(p.size))
	for i := range names {
		names[i] = -1
	}
	count := int32(0)
	for i, c := range p.of {
		if names[c] < 0 {
			names[c] = count
			count++
		}
		p.of[i] = names[c]
	}
	return int(count)
}

// classify makes the classes of the ends.
func (n *Network) classify(members [][]*pod, u *usage, x *selections) {
	p := newPartition(len(n.ends))
	seen := map[string]bool{}
	for _, key := range x.order {
		s := x.done[key]
		for _, part := range []*set{&s.yes, &s.maybe} {
			if k := part.key(); !seen[k] {
				seen[k] = true
				p.refine(*part)
			}
		}
	}
	p.refineBy(func(i int) string { return n.signature(members[i], u) })
	n.classes = make([]class, p.number())
	n.classOf = p.of
	for i := range n.ends {
		c := &n.classes[n.classOf[i]]
		if len(c.ends) == 0 {
			e := n.ends[i]
			*c = class{host: e.HostNetwork, node: -1, ports: e.Ports, addresses: e.Addresses, signature: string(signature(nil, e.Ports, u.portNames))}
			for _, p := range members[i] {
				if p.node != "" && !slices.Contains(c.nodes, p.node) {
					c.nodes = append(c.nodes, p.node)
				}
			}
		}
		c.ends = append(c.ends, int32(i))
	}
}

// signature tells ends apart by what is not a label.
func (n *Network) signature(group []*pod, u *usage) string {
	b := signature(nil, group[0].ports, u.portNames)
	b = append(b, '|', byte('0'+bit(group[0].host)), '|')
	return string(n.place(b, group, u))
}

// place tells pods apart by their addresses and nodes, as far as policies see them.
func (n *Network) place(b []byte, group []*pod, u *usage) []byte {
	if u.podBlocks || group[0].host && len(u.blocks) > 0 {
		var at []int
		for _, p := range group {
			for _, a := range p.addresses {
				at = append(at, n.atoms.at(a))
			}
		}
		slices.Sort(at)
		for _, i := range slices.Compact(at) {
			b = strconv.AppendInt(b, int64(i), 10)
			b = append(b, ',')
		}
	}
	if u.nodes && group[0].host {
		b = append(b, '|')
		b = append(b, group[0].node...)
	}
	return b
}

// apart is what tells the pods of one workload apart.
func (n *Network) apart(p *pod, u *usage, labels []string) string {
	var b []byte
	for _, key := range labels {
		if value, ok := p.labels[key]; ok {
			b = append(b, '=')
			b = append(b, value...)
		}
		b = append(b, ';')
	}
	b = signature(b, p.ports, u.portNames)
	b = append(b, '|', byte('0'+bit(p.host)), '|')
	if u.accounts {
		b = append(append(b, p.account...), '|')
	}
	return string(n.place(b, []*pod{p}, u))
}
