package netpol

import (
	"net/netip"
	"slices"
	"strings"
)

// The universe of peers has as members every class, then every class in the host
// network once more as a part of its node, then every atom of addresses.

// matched says which members a rule means: certainly; perhaps, because something is
// not known; or left to the network plugin.
type matched struct{ yes, unsure, open set }

// members turns a selection of ends into one of classes.
func (n *Network) members(ends set) set {
	var s set
	ends.each(func(i int) bool {
		s.add(int(n.classOf[i]))
		return true
	})
	return s
}

// podMembers is the selection of classes that a podSet means.
func (n *Network) podMembers(p *podSet) selection {
	key := p.key()
	if done, ok := n.selected[key]; ok {
		return done
	}
	ends := n.selections.of(p)
	s := selection{yes: n.members(ends.yes), maybe: n.members(ends.maybe)}
	n.selected[key] = s
	return s
}

// match finds the members that a rule means, once for each rule.
func (n *Network) match(p *policy, r *rule) *matched {
	if m, ok := n.matches[r]; ok {
		return m
	}
	m := &matched{}
	n.matches[r] = m
	switch {
	case r.strange != "":
		m.unsure = n.everyone // read only, like all that is matched
	case r.anyone:
		m.yes = n.everyone
	default:
		for i := range r.peers {
			n.matchPeer(m, p, &r.peers[i])
		}
		m.unsure.subtract(m.yes)
		m.open.subtract(m.yes)
		m.open.subtract(m.unsure)
	}
	return m
}

func (n *Network) matchPeer(m *matched, p *policy, peer *peer) {
	switch {
	case peer.pods != nil:
		s := n.podMembers(peer.pods)
		m.yes.union(s.yes)
		m.unsure.union(s.maybe)
	case peer.nodes != nil:
		n.matchNodes(m, peer.nodes)
	case peer.plugin != nil:
		peer.plugin.match(n, m)
	case len(peer.domains) > 0:
		m.unsure.union(span(n.atomBase, n.atomBase+len(n.atoms.starts)))
		if slices.ContainsFunc(peer.domains, inCluster) {
			m.unsure = n.everyone.clone()
		}
	default:
		n.matchBlocks(m, p.tier, peer.blocks)
	}
}

// inCluster reports whether a domain name can be one of a pod or of a headless Service
// in the domain that clusters have unless told otherwise; see NPEP-133.
func inCluster(name string) bool {
	return strings.HasSuffix(strings.TrimSuffix(strings.ToLower(name), "."), "cluster.local")
}

// matchBlocks adds the addresses in blocks, and the nodes and pods that have some.
// NetworkPolicy leaves it to the plugin whether they mean pods, and a plugin for which
// they do not is Cilium, for which they mean no nodes either; in the admin tiers they
// do. Of several addresses one is enough there for NetworkPolicy, which only allows;
// a rule that can deny takes all.
func (n *Network) matchBlocks(m *matched, tier Tier, blocks []block) {
	if tier == NetworkPolicyTier && n.profile.PodBlocks == Ignores && n.profile.NodeBlocks != Applies {
		(&ciliumBlocks{blocks: blocks}).match(n, m)
		return
	}
	at := n.within(blocks, tier == NetworkPolicyTier)
	m.yes.union(at.atoms)
	m.yes.union(n.withNodes(at.hosts.yes))
	m.unsure.union(n.withNodes(at.hosts.maybe))
	switch {
	case tier != NetworkPolicyTier || n.profile.PodBlocks == Applies:
		m.yes.union(at.pods.yes)
		m.unsure.union(at.pods.maybe)
	case n.profile.PodBlocks == Open:
		m.open.union(at.pods.yes)
		m.open.union(at.pods.maybe)
	}
}

// located says which addresses are in blocks, and which classes have some.
type located struct {
	atoms       set
	hosts, pods selection
}

// within finds what is in blocks. Of several addresses of a pod one is enough, or all
// are needed.
func (n *Network) within(blocks []block, oneIsEnough bool) located {
	at := located{atoms: n.atoms.set(n.atomBase, blocks)}
	var some set
	at.atoms.each(func(atom int) bool {
		some.union(n.atomClasses[atom-n.atomBase])
		return true
	})
	some.each(func(c int) bool {
		found := &at.pods
		if n.classes[c].host {
			found = &at.hosts
		}
		if oneIsEnough && n.inFamilies(c, &at.atoms) || n.allIn(c, &at.atoms) {
			found.yes.add(c)
		} else {
			found.maybe.add(c)
		}
		return true
	})
	switch yes, maybe := mayContain(blocks); {
	case yes && oneIsEnough:
		at.pods.yes.union(n.unplaced.minus(n.hosts))
		at.hosts.yes.union(n.unplaced.and(n.hosts))
	case yes || maybe:
		at.pods.maybe.union(n.unplaced.minus(n.hosts))
		at.hosts.maybe.union(n.unplaced.and(n.hosts))
	}
	return at
}

// inFamilies reports whether a class has an address in a set of atoms that it can use
// with every other: not if all such are of a family in which another class, whose
// addresses are known, has none.
func (n *Network) inFamilies(c int, atoms *set) bool {
	var in families
	for _, a := range n.classes[c].addresses {
		if atoms.has(n.atomBase + n.atoms.at(a)) {
			in |= familyOf(a)
		}
	}
	return in == n.classes[c].families() || !slices.ContainsFunc(n.classes, func(other class) bool {
		has := other.families()
		return has != 0 && has&in == 0
	})
}

// families is a set of address families.
type families uint8

func familyOf(a netip.Addr) families {
	if a.Is4() {
		return 1
	}
	return 2
}

// families are those that a class has addresses of.
func (c *class) families() families {
	var has families
	for _, a := range c.addresses {
		has |= familyOf(a)
	}
	return has
}

// allIn reports whether all addresses of a class are in a set of atoms.
func (n *Network) allIn(c int, atoms *set) bool {
	for _, a := range n.classes[c].addresses {
		if !atoms.has(n.atomBase + n.atoms.at(a)) {
			return false
		}
	}
	return true
}

// withNodes adds to classes in the host network what they are as part of their node.
func (n *Network) withNodes(hosts set) set {
	both := hosts.clone()
	hosts.each(func(c int) bool {
		both.add(n.classes[c].node)
		return true
	})
	return both
}

// nodeInfo is a node as a peer.
type nodeInfo struct {
	labels    map[string]string
	addresses []netip.Prefix
	atoms     set
}

// matchNodes adds the addresses of nodes, and the pods in their network. Where the
// nodes are not known, any address and any such pod may be meant.
func (n *Network) matchNodes(m *matched, s *selector) {
	yes, all := set{}, set{}
	named := map[string]bool{}
	for name, node := range n.nodes {
		if selects, _ := s.match(node.labels, false); selects {
			named[name] = true
			yes.union(node.atoms)
		}
		all.union(node.atoms)
	}
	m.yes.union(yes)
	if !n.nodesKnown {
		rest := span(n.atomBase, n.atomBase+len(n.atoms.starts))
		rest.subtract(all)
		m.unsure.union(rest)
	}
	var hostYes, hostMaybe set
	n.hosts.each(func(c int) bool {
		switch nodes := n.classes[c].nodes; {
		case len(nodes) == 0 && (!n.nodesKnown || len(named) > 0):
			hostMaybe.add(c)
		case len(nodes) > 0 && named[nodes[0]]:
			hostYes.add(c)
		case len(nodes) > 0 && !n.nodesKnown && n.nodes[nodes[0]] == nil:
			hostMaybe.add(c)
		}
		return true
	})
	m.yes.union(n.withNodes(hostYes))
	m.unsure.union(n.withNodes(hostMaybe))
}
