package netpol

import (
	"net/netip"
	"slices"
)

// atoms cuts the addresses of both families into ranges that no policy tells apart.
type atoms struct {
	starts []netip.Addr // sorted: IPv4 first; each begins a range
}

// newAtoms cuts where blocks begin and end.
func newAtoms(blocks []netip.Prefix) *atoms {
	starts := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	for _, p := range blocks {
		starts = append(starts, p.Addr())
		if after := lastOf(p).Next(); after.IsValid() {
			starts = append(starts, after)
		}
	}
	slices.SortFunc(starts, netip.Addr.Compare)
	return &atoms{starts: slices.Compact(starts)}
}

// lastOf is the last address of a block.
func lastOf(p netip.Prefix) netip.Addr {
	raw := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ := netip.AddrFromSlice(raw)
	return last
}

// at is the atom that an address is in.
func (a *atoms) at(address netip.Addr) int {
	i, found := slices.BinarySearchFunc(a.starts, address, netip.Addr.Compare)
	if !found {
		i--
	}
	return i
}

// rangeOf joins the atoms from, ..., to-1, which are of one family.
func (a *atoms) rangeOf(from, to int) Range {
	last := netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
	switch {
	case to < len(a.starts) && a.starts[to] != netip.IPv6Unspecified():
		last = a.starts[to].Prev()
	case to < len(a.starts):
		last = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	}
	return Range{From: a.starts[from], To: last}
}

// family6 is the first atom of IPv6.
func (a *atoms) family6() int { return a.at(netip.IPv6Unspecified()) }

// add puts the atoms of a block into a set in which they begin at base.
func (a *atoms) add(s *set, base int, p netip.Prefix) {
	s.union(span(base+a.at(p.Addr()), base+a.at(lastOf(p))+1))
}

// set is the atoms of blocks without their exceptions.
func (a *atoms) set(base int, blocks []block) set {
	var all set
	for i := range blocks {
		var one, out set
		a.add(&one, base, blocks[i].cidr)
		for _, e := range blocks[i].except {
			a.add(&out, base, e)
		}
		one.subtract(out)
		all.union(one)
	}
	return all
}

// contains reports whether an address is in one of the blocks.
func contains(blocks []block, address netip.Addr) bool {
	return slices.ContainsFunc(blocks, func(b block) bool {
		return b.cidr.Contains(address) && !slices.ContainsFunc(b.except, func(e netip.Prefix) bool { return e.Contains(address) })
	})
}

// clusterRanges are the ranges that addresses of pods and nodes are taken to lie in as
// long as they are not known: RFC 1918, RFC 6598, RFC 4193.
func clusterRanges() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("fc00::/7"),
	}
}

// mayContain says whether blocks contain an address that is not known: perhaps where
// they meet the ranges of clusters, certainly where they hold all of IPv4's, since pods
// have an IPv4 address in all but IPv6-only clusters.
func mayContain(blocks []block) (yes, maybe bool) {
	ranges := clusterRanges()
	yes = true
	for _, r := range ranges {
		met, held := meets(blocks, r)
		maybe = maybe || met
		yes = yes && (held || r.Addr().Is6())
	}
	return yes, maybe && !yes
}

// meets reports whether some, and whether all addresses of a range are in blocks.
func meets(blocks []block, r netip.Prefix) (some, all bool) {
	for i := range blocks {
		b := &blocks[i]
		if !b.cidr.Overlaps(r) || slices.ContainsFunc(b.except, func(e netip.Prefix) bool { return e.Bits() <= r.Bits() && e.Contains(r.Addr()) }) {
			continue
		}
		cut := slices.ContainsFunc(b.except, func(e netip.Prefix) bool { return e.Overlaps(r) })
		all = all || b.cidr.Bits() <= r.Bits() && !cut
		some = true
	}
	return some, all
}
