package netpol

import (
	"net/netip"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// ciliumBlocks are blocks of addresses outside: "CIDR rules do not apply to traffic
// where both sides of the connection are either managed by Cilium or use an IP
// belonging to a node in the cluster"
// (https://docs.cilium.io/en/stable/security/policy/language/#ip-cidr-based). For nodes
// policy-cidr-match-mode can change that; that it changes it for pods, which Cilium
// advises against, is not taken into account.
type ciliumBlocks struct {
	denies bool
	blocks []block
}

func (c *ciliumBlocks) use(u *usage) {
	u.addBlocks(c.blocks)
	u.useNodes()
}

// useNodes cuts addresses where nodes are, or may be.
func (u *usage) useNodes() {
	u.nodes = true
	u.blocks = append(u.blocks, clusterRanges()...)
}

// String renders the blocks for people.
func (c *ciliumBlocks) String() string { return blocksText(c.blocks) }

func (c *ciliumBlocks) podSets() []*podSet { return nil }

func (c *ciliumBlocks) match(n *Network, m *matched) {
	atoms := n.atoms.set(n.atomBase, c.blocks)
	nodes := n.nodeAddresses()
	n.world(m, atoms, &nodes, c.denies)
	m.open.union(atoms.and(nodes.yes))
	at := n.within(c.blocks, true)
	m.open.union(n.withNodes(at.hosts.yes))
	m.open.union(n.withNodes(at.hosts.maybe))
}

// world adds addresses as far as they are no node's. What may be a node's is taken to
// be outside, as whoever asks for it says, but nothing relies on its being denied.
func (n *Network) world(m *matched, atoms set, nodes *selection, denies bool) {
	sure := atoms.minus(nodes.yes)
	if denies {
		m.unsure.union(sure.and(nodes.maybe))
		sure.subtract(nodes.maybe)
	}
	m.yes.union(sure)
}

// nodeAddresses are the atoms that are nodes, and those that may be.
func (n *Network) nodeAddresses() selection {
	var found selection
	for _, node := range n.nodes {
		found.yes.union(node.atoms)
	}
	if !n.nodesKnown {
		for _, r := range clusterRanges() {
			n.atoms.add(&found.maybe, n.atomBase, r)
		}
		found.maybe.subtract(found.yes)
	}
	return found
}

// ciliumOthers are perhaps all that is no pod: addresses outside and nodes.
type ciliumOthers struct{}

func (c *ciliumOthers) use(*usage) {}

// String renders the peers for people.
func (c *ciliumOthers) String() string { return "addresses outside and nodes" }

func (c *ciliumOthers) podSets() []*podSet { return nil }

func (c *ciliumOthers) match(n *Network, m *matched) {
	m.unsure.union(span(n.atomBase, n.atomBase+len(n.atoms.starts)))
	m.unsure.union(n.withNodes(n.hosts))
}

// ciliumEntities are peers by what they are:
// https://docs.cilium.io/en/stable/security/policy/language/#entities-based.
type ciliumEntities struct {
	denies bool
	names  []string
}

func (r *ciliumReading) entities(path model.Path, action outcome, names []string) *ciliumEntities {
	known := []string{
		"all", "world", "world-ipv4", "world-ipv6", "cluster", "host", "remote-node", "kube-apiserver", "ingress", "init", "health",
		"unmanaged", "none",
	}
	has := func(name string) bool { return slices.Contains(names, name) }
	for i, name := range names {
		switch at := path.Index(i); {
		case !slices.Contains(known, name):
			r.refuse(at, "%q is no entity that is known", name)
		case name == "kube-apiserver":
			r.doubt(at, "the addresses of the API server are not known")
		case name == "unmanaged":
			r.doubt(at, "which pods Cilium does not manage is not known")
		case (name == "host" || name == "remote-node") && !has("cluster") && !has("all") && !(has("host") && has("remote-node")):
			r.doubt(at, "which node a pod runs on changes")
		}
	}
	return &ciliumEntities{denies: action == denied, names: names}
}

func (c *ciliumEntities) has(name string) bool { return slices.Contains(c.names, name) }

func (c *ciliumEntities) use(u *usage) { u.useNodes() }

// String renders the entities for people.
func (c *ciliumEntities) String() string { return "the entities " + strings.Join(c.names, ", ") }

func (c *ciliumEntities) podSets() []*podSet { return nil }

func (c *ciliumEntities) match(n *Network, m *matched) {
	outside := span(n.atomBase, n.atomBase+len(n.atoms.starts))
	pods := span(0, len(n.classes))
	pods.subtract(n.hosts)
	hosts := n.withNodes(n.hosts)
	nodes := n.nodeAddresses()
	switch {
	case c.has("all"):
		m.yes.union(n.everyone)
		return
	case c.has("cluster"):
		m.yes.union(pods)
		m.yes.union(hosts)
		m.yes.union(nodes.yes)
		m.unsure.union(nodes.maybe)
	case c.has("host") && c.has("remote-node"):
		m.yes.union(hosts)
		m.yes.union(nodes.yes)
		m.unsure.union(nodes.maybe)
	case c.has("host") || c.has("remote-node"):
		m.unsure.union(hosts)
		m.unsure.union(nodes.yes)
		m.unsure.union(nodes.maybe)
	}
	if c.has("kube-apiserver") {
		m.unsure.union(hosts)
		m.unsure.union(outside)
	}
	if c.has("unmanaged") {
		m.unsure.union(pods)
	}
	c.worlds(n, m, outside, &nodes)
	// What is left is no peer here: health, ingress, init and none.
}

func (c *ciliumEntities) worlds(n *Network, m *matched, outside set, nodes *selection) {
	for name, block := range map[string]string{"world-ipv4": "0.0.0.0/0", "world-ipv6": "::/0"} {
		if c.has(name) || c.has("world") {
			var family set
			n.atoms.add(&family, n.atomBase, netip.MustParsePrefix(block))
			n.world(m, family.and(outside), nodes, c.denies)
		}
	}
}
