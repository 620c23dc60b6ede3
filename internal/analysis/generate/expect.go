package generate

import (
	"net/netip"
	"slices"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
)

// pair is two workloads, of which one may be a pod that does not exist yet.
type pair struct{ src, dst *unit }

// expectation is exactly what policies shall allow.
type expectation struct {
	plan    *plan
	others  map[string]*unit // by namespace: the pod that does not exist yet
	pairs   map[pair]map[portOf]bool
	anyone  map[*unit]map[portOf]bool // who can be reached from anywhere, as far as the other side allows
	pods    map[*unit]map[portOf]bool // from every pod
	inward  map[*unit]map[portOf][]netip.Prefix
	outward map[*unit]map[portOf][]netip.Prefix
	widened map[link]bool // what was not asked for, and labels do not tell from what was
}

func newExpectation(p *plan) *expectation {
	e := &expectation{
		plan: p, others: map[string]*unit{}, pairs: map[pair]map[portOf]bool{}, anyone: map[*unit]map[portOf]bool{}, pods: map[*unit]map[portOf]bool{},
		inward: map[*unit]map[portOf][]netip.Prefix{}, outward: map[*unit]map[portOf][]netip.Prefix{}, widened: map[link]bool{},
	}
	for namespace := range p.governed {
		e.others[namespace] = &unit{object: p.otherPod(namespace)}
	}
	asked := map[link]bool{}
	for _, l := range p.links {
		asked[l] = true
	}
	for _, l := range p.links {
		e.add(l, asked)
	}
	return e
}

// members are whom the selector of a group selects.
func (e *expectation) members(g *group) []*unit {
	members := append(slices.Clone(g.units), g.overlaps...)
	if other := e.others[g.namespace]; other != nil && g.selectsAll() {
		members = append(members, other)
	}
	return members
}

// parties are the workloads that a side of a connection stands for in policies.
func (e *expectation) parties(side party) []*unit {
	if side.unit != nil {
		return e.members(side.unit.group)
	}
	var found []*unit
	for _, u := range e.plan.c.survey.units {
		if u.object.Namespace == side.podsOf && !u.host {
			found = append(found, u)
		}
	}
	return append(found, e.others[side.podsOf])
}

func (e *expectation) add(l link, asked map[link]bool) {
	port := portOf{l.protocol, l.port}
	sources, targets := []*unit{nil}, []*unit{nil} // nil: who is no workload
	if l.src.unit != nil || isNamespaceWide(l.src) {
		sources = e.parties(l.src)
	}
	if l.dst.unit != nil {
		targets = e.members(l.dst.unit.group)
	}
	for _, src := range sources {
		for _, dst := range targets {
			if src == dst && !src.replicated() {
				continue
			}
			switch {
			case l.src.anyone:
				addPort(e.anyone, dst, port)
			case l.src.podsOf == anyPods:
				addPort(e.pods, dst, port)
			case src == nil:
				addBlock(e.inward, dst, port, l.src.block)
			case dst == nil:
				addBlock(e.outward, src, port, l.dst.block)
			default:
				addPort(e.pairs, pair{src, dst}, port)
			}
			e.widen(l, src, dst, asked)
		}
	}
}

// widen notes a connection of workloads that nobody asked for.
func (e *expectation) widen(l link, src, dst *unit, asked map[link]bool) {
	if l.src.unit != nil {
		l.src.unit = src
	}
	if l.dst.unit != nil {
		l.dst.unit = dst
	}
	if !asked[l] && (src == nil || !src.host) && (dst == nil || !dst.host) {
		e.widened[l] = true
	}
}

func addPort[K comparable](to map[K]map[portOf]bool, key K, port portOf) {
	if to[key] == nil {
		to[key] = map[portOf]bool{}
	}
	to[key][port] = true
}

func addBlock(to map[*unit]map[portOf][]netip.Prefix, u *unit, port portOf, block netip.Prefix) {
	if to[u] == nil {
		to[u] = map[portOf][]netip.Prefix{}
	}
	if !slices.Contains(to[u][port], block) {
		to[u][port] = append(to[u][port], block)
	}
}

// governs reports whether policies of the plan decide about a workload.
func (e *expectation) governs(u *unit) bool {
	return u != nil && !u.host && e.plan.governed[u.object.Namespace]
}

// allows reports whether a workload may connect to another one. The source of a
// connection that comes from anywhere must be free to go there.
func (e *expectation) allows(src, dst *unit, port portOf) bool {
	if e.pairs[pair{src, dst}][port] {
		return true
	}
	return !e.governs(src) && (e.anyone[dst][port] || e.pods[dst][port])
}

// allowsRange reports whether addresses outside may connect to a workload, or it to
// them.
func (e *expectation) allowsRange(u *unit, inward bool, addresses netpol.Range, port portOf) bool {
	if !inward {
		return covered(addresses, e.outward[u][port])
	}
	return e.anyone[u][port] || covered(addresses, e.inward[u][port])
}

// ports lists the ports that can matter for two sides, sorted.
func (e *expectation) ports(src, dst *unit) []portOf {
	set := map[portOf]bool{}
	collect := func(ports map[portOf]bool) {
		for port := range ports {
			set[port] = true
		}
	}
	switch {
	case src == nil:
		collect(e.anyone[dst])
		for port := range e.inward[dst] {
			set[port] = true
		}
	case dst == nil:
		for port := range e.outward[src] {
			set[port] = true
		}
	default:
		collect(e.pairs[pair{src, dst}])
		collect(e.anyone[dst])
		collect(e.pods[dst])
	}
	ports := make([]portOf, 0, len(set))
	for port := range set {
		ports = append(ports, port)
	}
	slices.SortFunc(ports, portOf.compare)
	return ports
}

// covered reports whether blocks hold every address of a range.
func covered(r netpol.Range, blocks []netip.Prefix) bool {
	blocks = slices.DeleteFunc(slices.Clone(blocks), func(b netip.Prefix) bool { return b.Addr().BitLen() != r.From.BitLen() })
	slices.SortFunc(blocks, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	next := r.From
	for _, b := range blocks {
		if b.Addr().Compare(next) > 0 {
			return false
		}
		last := lastOf(b)
		if last.Compare(r.To) >= 0 {
			return true
		}
		if last.Compare(next) >= 0 {
			next = last.Next()
		}
	}
	return false
}

// lastOf is the last address of a block.
func lastOf(b netip.Prefix) netip.Addr {
	bytes := b.Addr().AsSlice()
	for bit := b.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// laidOver is the snapshot with the policies in place.
func (p *plan) laidOver() *snapshot.Snapshot {
	var changes []snapshot.Change
	for namespace := range p.governed {
		changes = append(changes, namespaceChange(p.c.base.View(), namespace)...)
		changes = append(changes, snapshot.Change{Put: p.otherPod(namespace)})
	}
	for _, object := range p.replaced {
		id := object.ID
		changes = append(changes, snapshot.Change{Delete: &id})
	}
	for _, made := range p.policies {
		changes = append(changes, made.change(p.c.view))
	}
	return p.c.base.With(changes...)
}
