package netpol

import (
	"net/netip"
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Network answers who reaches whom in one snapshot under one Profile. It does not
// change and is safe for concurrent use.
type Network struct {
	profile  Profile
	policies []*policy // in the order in which they are asked
	gaps     []model.Gap

	ends    []*End
	index   map[*End]int32
	classOf []int32
	classes []class
	hosts   set // classes in the network of their node

	atoms       *atoms
	atomBase    int   // the member that is the first atom
	atomClasses []set // the classes with an address in an atom
	unplaced    set   // the classes of which no address is known
	everyone    set   // all members
	nodeMembers set   // classes in the host network, as part of their node
	nodes       map[string]*nodeInfo
	nodesKnown  bool

	// programs of a class: by Direction, and for classes in the host network also as a
	// part of its node.
	programs   [2][]*program
	asNode     [2][]*program
	namedPorts map[string][]portGroup // by name

	mu         sync.Mutex // guards what follows: it grows as rows are computed
	functions  *functions
	portSets   map[string]int32
	selections *selections
	selected   map[string]selection
	matches    map[*rule]*matched
}

var networks = snapshot.Memo[Profile, *Network]{Name: "netpol.network", Compute: build}

// Model makes the Network of a snapshot, once for each profile.
func Model(v *snapshot.View, profile Profile) *Network { return networks.Of(v, profile) }

// Ends lists every End, by namespace, name and kind.
func (n *Network) Ends() []*End { return n.ends }

// Profile is the one that the Network was made under.
func (n *Network) Profile() Profile { return n.profile }

// Find returns the ends of a workload or pod: all that match what is not "".
func (n *Network) Find(namespace, kind, name string) []*End {
	var found []*End
	for _, e := range n.ends {
		if (namespace == "" || e.Namespace == namespace) && (kind == "" || e.Kind == kind) && (name == "" || e.Name == name) {
			found = append(found, e)
		}
	}
	return found
}

// Gaps lists what was not understood or not listed, and makes verdicts Unknown. What
// could not be read is among the gaps of the snapshot.
func (n *Network) Gaps() []model.Gap { return n.gaps }

// Verdict decides one connection. A Peer that is a Range is asked by its first
// address. An End of another Network, and two ranges, are Unknown.
func (n *Network) Verdict(src, dst Peer, protocol Protocol, port uint16) Verdict {
	if src.End != nil && src.End == dst.End && !src.End.Replicated {
		return Allowed
	}
	from, ok := n.placeOf(src)
	to, ok2 := n.placeOf(dst)
	if !ok || !ok2 || from.class < 0 && to.class < 0 {
		return Unknown
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return Verdict(n.functions.at(n.pair(from, to), linear(protocol, port)))
}

// place is where a peer stands: a class, or with -1 an atom alone.
type place struct {
	class  int
	member int // as any pod
	node   int // as part of its node, or the same
}

func (n *Network) placeOf(p Peer) (place, bool) {
	if p.End == nil {
		if !p.Range.From.IsValid() {
			return place{}, false
		}
		member := n.atomBase + n.atoms.at(p.Range.From.Unmap().WithZone(""))
		return place{class: -1, member: member, node: member}, true
	}
	i, ok := n.index[p.End]
	if !ok {
		return place{}, false
	}
	return n.placeOfClass(int(n.classOf[i])), true
}

func (n *Network) placeOfClass(c int) place {
	at := place{class: c, member: c, node: c}
	if n.classes[c].node >= 0 {
		at.node = n.classes[c].node
	}
	return at
}

// worlds lists the ways in which a plugin can see pods in the network of their node:
// false as any other pods, true as their node. The API leaves it at these two:
// https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods
func (n *Network) worlds(places ...place) []bool {
	if !slices.ContainsFunc(places, func(p place) bool { return p.node != p.member }) {
		return []bool{false}
	}
	switch n.profile.HostNetwork {
	case Applies:
		return []bool{false}
	case Ignores:
		return []bool{true}
	default:
		return []bool{false, true}
	}
}

// sideFunction is what the policies of subject, which is a class, say about its peer,
// port by port. The lock is held.
func (n *Network) sideFunction(d Direction, asNode bool, subject, peer place) function {
	program, member := n.programs[d][subject.class], peer.member
	if asNode {
		member = peer.node
		if p := n.asNode[d][subject.class]; p != nil {
			program = p
		}
	}
	return n.row(program).of(member)
}

// agree is the verdict when a plugin can give either.
func (v Verdict) agree(other Verdict) Verdict {
	switch {
	case v == other:
		return v
	case v == Unknown || other == Unknown:
		return Unknown
	default:
		return Undefined
	}
}

// allBlocks lists where address ranges are cut: at the blocks of policies, and at the
// addresses of nodes if some policy is about nodes.
func (n *Network) allBlocks(u *usage) []netip.Prefix {
	blocks := u.blocks
	for _, node := range n.nodes {
		blocks = append(blocks, node.addresses...)
	}
	return blocks
}
