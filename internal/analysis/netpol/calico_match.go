package netpol

import "strings"

// calicoPeer is the peer of a rule of Calico: all that is set must hold.
type calicoPeer struct {
	allows        bool       // the rule allows
	selects       *condition // nil: everyone, those outside included
	selectsNot    *condition // nil: no such condition
	nets, notNets []block
	sets          []networkSet
	setsHidden    bool
	hostEndpoints bool
}

func (c *calicoPeer) use(u *usage) {
	// A packet is matched by its addresses, whoever has them.
	u.podBlocks = u.podBlocks || len(c.nets) > 0 || len(c.notNets) > 0
	u.addBlocks(c.nets)
	u.addBlocks(c.notNets)
	for i := range c.sets {
		if c.mayMean(&c.sets[i]) {
			u.podBlocks = true
			u.addBlocks(c.sets[i].blocks)
		}
	}
}

// String renders the peer for people.
func (c *calicoPeer) String() string {
	var texts []string
	if c.selects != nil {
		texts = append(texts, c.selects.String())
	}
	if c.selectsNot != nil {
		texts = append(texts, "not "+c.selectsNot.String())
	}
	if len(c.nets) > 0 {
		texts = append(texts, "addresses in "+blocksText(c.nets))
	}
	if len(c.notNets) > 0 {
		texts = append(texts, "addresses not in "+blocksText(c.notNets))
	}
	return strings.Join(texts, " and ")
}

// mayMean reports whether one of the selectors selects a set, or may.
func (c *calicoPeer) mayMean(s *networkSet) bool {
	for _, condition := range []*condition{c.selects, c.selectsNot} {
		if condition != nil {
			if yes, maybe := condition.selects(&s.labelled); yes || maybe {
				return true
			}
		}
	}
	return false
}

func (c *calicoPeer) podSets() []*podSet {
	var sets []*podSet
	for _, condition := range []*condition{c.selects, c.selectsNot} {
		if condition != nil {
			sets = append(sets, podsWhere(condition))
		}
	}
	return sets
}

// podsWhere are the workload endpoints that a condition selects, which pods in the
// network of their node are not:
// https://docs.tigera.io/calico/latest/reference/host-endpoints/overview.
func podsWhere(c *condition) *podSet { return &podSet{where: c, hosts: neverHosts} }

func (c *calicoPeer) match(n *Network, m *matched) {
	found := selection{yes: n.everyone}
	if c.selects != nil {
		found = found.and(c.selected(n, c.selects, c.allows))
	}
	if c.selectsNot != nil {
		others := c.selected(n, c.selectsNot, false)
		found = found.and(others.complement(n.everyone))
	}
	if len(c.nets) > 0 {
		found = found.and(n.addressed(c.nets, c.allows))
	}
	if len(c.notNets) > 0 {
		others := n.addressed(c.notNets, false)
		found = found.and(others.complement(n.everyone))
	}
	m.yes.union(found.yes)
	m.unsure.union(found.maybe)
}

// selected is the members that a selector means: pods, and the addresses of sets.
func (c *calicoPeer) selected(n *Network, where *condition, oneIsEnough bool) selection {
	found := n.podMembers(podsWhere(where))
	found = selection{yes: found.yes.clone(), maybe: found.maybe.clone()}
	for i := range c.sets {
		s := &c.sets[i]
		yes, maybe := where.selects(&s.labelled)
		if !yes && !maybe {
			continue
		}
		if s.problem != "" {
			found = found.or(selection{maybe: n.everyone})
		}
		at := n.addressed(s.blocks, oneIsEnough)
		if !yes {
			at.maybe.union(at.yes)
			at.yes = set{}
		}
		found = found.or(at)
	}
	if c.setsHidden || c.hostEndpoints {
		found = found.or(selection{maybe: n.everyone})
	}
	return found
}

// addressed is the members with an address in blocks.
func (n *Network) addressed(blocks []block, oneIsEnough bool) selection {
	at := n.within(blocks, oneIsEnough)
	found := selection{yes: at.atoms, maybe: n.withNodes(at.hosts.maybe)}
	found.yes.union(n.withNodes(at.hosts.yes))
	found.yes.union(at.pods.yes)
	found.maybe.union(at.pods.maybe)
	found.maybe.subtract(found.yes)
	return found
}

func (u *usage) addBlocks(blocks []block) {
	for i := range blocks {
		u.blocks = append(u.blocks, blocks[i].cidr)
		u.blocks = append(u.blocks, blocks[i].except...)
	}
}
