package report

import (
	"net/netip"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
)

// exceptions: a set that lacks at most so many is named by what it lacks.
const exceptLimit = 3

// peerNames names sets of peers for people: as short as leaves no doubt.
type peerNames struct {
	ends   []string // "shop/web", with the kind where another one has that name too
	bare   []string // without namespace
	spaces []nameSpace
}

// nameSpace is the positions of the workloads of one namespace.
type nameSpace struct {
	name     string
	from, to int
}

func newPeerNames(ends []*netpol.End) *peerNames {
	n := &peerNames{}
	for i, end := range ends {
		bare := end.Name
		alike := func(j int) bool {
			return j >= 0 && j < len(ends) && ends[j].Namespace == end.Namespace && ends[j].Name == end.Name
		}
		if alike(i-1) || alike(i+1) {
			bare = strings.TrimPrefix(end.String(), end.Namespace+"/")
		}
		n.bare = append(n.bare, bare)
		n.ends = append(n.ends, end.Namespace+"/"+bare)
		if last := len(n.spaces) - 1; last >= 0 && n.spaces[last].name == end.Namespace {
			n.spaces[last].to = i + 1
		} else {
			n.spaces = append(n.spaces, nameSpace{end.Namespace, i, i + 1})
		}
	}
	return n
}

// group names all peers of a group, which one workload may have to do with: itself is
// that one's position, or -1.
func (n *peerNames) group(g *reach.Group, itself int) string {
	parts := n.set(g.Ends, itself)
	if g.Ingress {
		parts = append(parts, reach.IngressController)
	}
	return strings.Join(append(parts, rangeTexts(g.Ranges)...), ", ")
}

// peers names the peers of lines that say the same.
func (n *peerNames) peers(peers []reach.Peer, places map[*netpol.End]int) string {
	g := reach.Group{Ends: make(reach.Set, (len(n.ends)+63)/64)}
	for _, p := range peers {
		switch {
		case p.Ingress:
			g.Ingress = true
		case p.End != nil:
			at := places[p.End]
			g.Ends[at/64] |= 1 << (at % 64)
		default:
			g.Ranges = append(g.Ranges, p.Range)
		}
	}
	return n.group(&g, -1)
}

// set names workloads: "every workload", "every other workload", "shop/*", "shop/*
// except cart", or each.
func (n *peerNames) set(set reach.Set, itself int) []string {
	total := set.Count()
	switch {
	case total == 0:
		return nil
	case total == len(n.ends) && total > 1:
		return []string{"every workload"}
	case total == len(n.ends)-1 && total > 1 && itself >= 0 && !set.Has(itself):
		return []string{"every other workload"}
	case len(n.ends)-total <= exceptLimit && total > 3*exceptLimit:
		return []string{"every workload except " + strings.Join(n.missing(set, 0, len(n.ends), n.ends), " and ")}
	}
	var parts []string
	for _, space := range n.spaces {
		size, has := space.to-space.from, set.CountIn(space.from, space.to)
		switch {
		case has == 0:
		case has == size && size > 1:
			parts = append(parts, space.name+"/*")
		case has == size-1 && has > 1 && space.from <= itself && itself < space.to && !set.Has(itself):
			parts = append(parts, "every other of "+space.name+"/*")
		case size-has <= exceptLimit && has > 2*exceptLimit:
			parts = append(parts, space.name+"/* except "+strings.Join(n.missing(set, space.from, space.to, n.bare), " and "))
		default:
			parts = append(parts, space.name+"/"+braced(n.members(set, space.from, space.to)))
		}
	}
	return parts
}

// members are the names without namespace of those in the set.
func (n *peerNames) members(set reach.Set, from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		if set.Has(i) {
			list = append(list, n.bare[i])
		}
	}
	return list
}

// braced is "web", or of several "{cart, web}", as shells write it.
func braced(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return "{" + strings.Join(names, ", ") + "}"
}

func (n *peerNames) missing(set reach.Set, from, to int, names []string) []string {
	var list []string
	for i := from; i < to; i++ {
		if !set.Has(i) {
			list = append(list, names[i])
		}
	}
	return list
}

// rangeTexts names addresses: "every address", "10.0.0.0/8", "every IPv4 address
// except 10.0.0.0/8". The ranges are as wide as they can be.
func rangeTexts(ranges []netpol.Range) []string {
	var families [2][]netpol.Range
	for _, r := range ranges {
		family := 0
		if r.From.Is6() {
			family = 1
		}
		families[family] = append(families[family], r)
	}
	var parts []string
	whole := 0
	for family, name := range [...]string{"every IPv4 address", "every IPv6 address"} {
		list := joinRanges(families[family])
		missing := complement(list, family == 1)
		switch {
		case len(list) == 0:
		case len(missing) == 0:
			whole++
			parts = append(parts, name)
		case len(missing) <= exceptLimit && len(missing) <= len(list):
			parts = append(parts, name+" except "+strings.Join(briefRanges(missing), " and "))
		default:
			parts = append(parts, briefRanges(list)...)
		}
	}
	if whole == 2 {
		return []string{"every address"}
	}
	return parts
}

func briefRanges(ranges []netpol.Range) []string {
	texts := make([]string, len(ranges))
	for i, r := range ranges {
		texts[i] = rangeText(r)
	}
	return texts
}

// rangeText is a prefix where the range is one, and "a-b" otherwise.
func rangeText(r netpol.Range) string {
	if r.From == r.To {
		return r.From.String()
	}
	for bits := r.From.BitLen(); bits >= 0; bits-- {
		if prefix := netip.PrefixFrom(r.From, bits); prefix.Masked() == prefix && lastOf(prefix) == r.To {
			return prefix.String()
		}
	}
	return r.String()
}

// lastOf is the highest address of a prefix.
func lastOf(prefix netip.Prefix) netip.Addr {
	raw := prefix.Addr().AsSlice()
	for bit := prefix.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(raw)
	return last
}

// joinRanges sorts ranges of one family and joins those that meet.
func joinRanges(ranges []netpol.Range) []netpol.Range {
	ranges = slices.Clone(ranges)
	slices.SortFunc(ranges, func(a, b netpol.Range) int { return a.From.Compare(b.From) })
	joined := ranges[:0]
	for _, r := range ranges {
		if last := len(joined) - 1; last >= 0 && (r.From.Compare(joined[last].To) <= 0 || joined[last].To.Next() == r.From) {
			if joined[last].To.Less(r.To) {
				joined[last].To = r.To
			}
			continue
		}
		joined = append(joined, r)
	}
	return joined
}

// complement is what sorted ranges leave of their family.
func complement(ranges []netpol.Range, v6 bool) []netpol.Range {
	next := netip.IPv4Unspecified()
	if v6 {
		next = netip.IPv6Unspecified()
	}
	last := lastOf(netip.PrefixFrom(next, 0))
	var rest []netpol.Range
	for _, r := range ranges {
		if next.IsValid() && next.Less(r.From) {
			rest = append(rest, netpol.Range{From: next, To: r.From.Prev()})
		}
		next = r.To.Next()
	}
	if next.IsValid() {
		rest = append(rest, netpol.Range{From: next, To: last})
	}
	return rest
}
