package netpol

import (
	"iter"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Network answers who reaches whom in one snapshot under one Profile. It does not
// change and is safe for concurrent use.
type Network struct {
	profile Profile
	ends    []*End
	gaps    []model.Gap
}

var networks = snapshot.Memo[Profile, *Network]{Name: "netpol.network", Compute: build}

// Model makes the Network of a snapshot, once for each profile.
func Model(v *snapshot.View, profile Profile) *Network { return networks.Of(v, profile) }

func build(_ *snapshot.View, profile Profile) *Network { return &Network{profile: profile} }

// Ends lists every End, by namespace, name and kind.
func (n *Network) Ends() []*End { return n.ends }

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

// Gaps lists what could not be understood and makes verdicts Unknown.
func (n *Network) Gaps() []model.Gap { return n.gaps }

// Verdict decides one connection. A Peer that is a Range is asked by its first
// address. An End of another Network, and two ranges, are Unknown.
func (n *Network) Verdict(_, _ Peer, _ Protocol, _ uint16) Verdict { return Unknown }

// Explain decides one connection and says what the verdict rests on.
func (n *Network) Explain(_, _ Peer, _ Protocol, _ uint16) Explanation { return Explanation{} }

// Each yields every connection that is not denied, by source and destination (ends
// first, then IPv4, then IPv6), protocol and port. Port ranges and address ranges are
// as wide as they can be. From one range of addresses to another there is none.
func (n *Network) Each(yield func(Connection) bool) {}

// Connections is Each as an iterator.
func (n *Network) Connections() iter.Seq[Connection] { return n.Each }
