package reach

import (
	"cmp"
	"iter"
	"slices"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// IngressController is the name of the pods that serve Ingresses, Gateways and Routes,
// wherever they run.
const IngressController = "{ingress-controller}"

// Peer is one side of a connection: a workload, a range of addresses that are no
// pod's, or the pods that serve Ingresses, Gateways and Routes.
type Peer struct {
	netpol.Peer
	Ingress bool
}

// String renders "shop/web[Deployment]", "10.0.0.0-10.0.0.255" or IngressController.
func (p Peer) String() string {
	if p.Ingress {
		return IngressController
	}
	return p.Peer.String()
}

// Compare orders workloads by name, then ranges, IPv4 first, then IngressController.
func (p Peer) Compare(other Peer) int {
	switch {
	case p.rank() != other.rank():
		return cmp.Compare(p.rank(), other.rank())
	case p.End != nil:
		return p.End.Compare(other.End)
	default:
		return cmp.Or(p.Range.From.Compare(other.Range.From), p.Range.To.Compare(other.Range.To))
	}
}

func (p Peer) rank() int {
	switch {
	case p.End != nil:
		return 0
	case !p.Ingress:
		return 1
	default:
		return 2
	}
}

// Connection is what can be opened from one peer to another over the ports From to To.
type Connection struct {
	Src, Dst  Peer
	Protocol  netpol.Protocol
	From, To  uint16
	Verdict   Verdict
	Condition string // of a Conditional verdict: what a request must fulfil
}

// Network answers who reaches whom in one snapshot. It does not change and is safe for
// concurrent use.
type Network struct {
	Policies *netpol.Network
	mesh     *meshLayer // nil where nothing shows a mesh
	doors    []door
	unread   string       // why there may be more doors; "" where there are none
	inbound  []Connection // from IngressController, by destination
	partial  bool         // there may be workloads that could not be read
}

// Of makes the Network of a snapshot.
func Of(v *snapshot.View, profile netpol.Profile) *Network {
	policies := netpol.Model(v, profile)
	n := &Network{Policies: policies, mesh: meshOf(v, policies), partial: partial(v)}
	n.doors, n.unread = doors(v, policies)
	n.inbound = inboundOf(n.doors)
	if n.unread != "" {
		n.inbound = perhapsInbound(n.inbound, n.Ends())
	}
	return n
}

// partial reports whether there may be workloads that could not be read.
func partial(v *snapshot.View) bool {
	return slices.ContainsFunc(netpol.Kinds(), func(gk snapshot.GroupKind) bool {
		scope := model.Scope{Cluster: v.Settings().Cluster, Group: gk.Group, Kind: gk.Kind}
		return workload.Is(gk) && (v.Unread(scope) || v.Settings().Live && !v.Snapshot().Listed(scope))
	})
}

// Kinds lists the kinds that Of reads.
func Kinds() []snapshot.GroupKind {
	all := slices.Concat(netpol.Kinds(), exposure.Kinds(), mesh.Kinds())
	slices.SortFunc(all, func(a, b snapshot.GroupKind) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind))
	})
	return slices.Compact(all)
}

// Ends lists the workloads, by namespace, name and kind.
func (n *Network) Ends() []*netpol.End { return n.Policies.Ends() }

// Gaps lists what could not be understood and makes verdicts Unknown.
func (n *Network) Gaps() []model.Gap {
	if n.mesh == nil {
		return n.Policies.Gaps()
	}
	return append(slices.Clone(n.Policies.Gaps()), n.mesh.mesh.Gaps()...)
}

// Connections are all that are not denied, by source and destination, protocol and
// port; those of IngressController come last. Ranges of ports and addresses are as
// wide as they can be. What a pod of a workload that has only one says to itself no
// layer sees, and is left out.
func (n *Network) Connections() iter.Seq[*Connection] {
	return n.between(func(_, _ Peer) bool { return true })
}

// between are the connections of some pairs of peers.
func (n *Network) between(asked func(src, dst Peer) bool) iter.Seq[*Connection] {
	return func(yield func(*Connection) bool) {
		var c Connection
		for p, access := range n.pairs() {
			if !asked(p.src, p.dst) {
				continue
			}
			if n.mesh.has(p.dst) {
				access = n.mesh.through(p.src, p.dst, access)
			}
			for i := range access {
				c = Connection{p.src, p.dst, access[i].Protocol, access[i].From, access[i].To, access[i].Verdict, access[i].Condition}
				if !yield(&c) {
					return
				}
			}
		}
		for i := range n.inbound {
			if asked(n.inbound[i].Src, n.inbound[i].Dst) && !yield(&n.inbound[i]) {
				return
			}
		}
	}
}
