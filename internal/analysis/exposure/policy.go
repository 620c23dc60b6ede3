package exposure

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Policies decides connections, as *netpol.Network does.
type Policies interface {
	Ends() []*netpol.End
	Verdict(src, dst netpol.Peer, protocol netpol.Protocol, port uint16) netpol.Verdict
	Explain(src, dst netpol.Peer, protocol netpol.Protocol, port uint16) netpol.Explanation
	Each(yield func(netpol.Connection) bool)
}

// Passage is what network policies make of a path or of a way out: Allowed if they
// let some of it through, Denied if none.
type Passage struct {
	Verdict netpol.Verdict
	// From are the addresses that are let through, where these are not all who can use
	// the path.
	From []netpol.Range
	Note string // why it is no more certain; "" where it is certain
	// witness is a connection with the verdict, if one was asked for.
	witness *netpol.Connection
}

// PolicyLayer answers what network policies make of paths and ways out.
type PolicyLayer struct {
	Gaps     []model.Gap // of policies that could not be understood
	policies Policies
	none     bool // there are no policies: everything is let through
	ends     netpol.EndIndex
	in, out  map[*netpol.End][]netpol.Connection // from and to addresses
	across   map[*netpol.End]netpol.Connection   // the surest to another namespace
	several  bool                                // there are ends in more than one namespace
	partial  bool                                // files: there are pods that they do not show
}

// Under is the layer of a snapshot's policies as a network plugin treats them. Where
// there is no policy of any kind, and nothing hides one, everything is let through.
func Under(v *snapshot.View, profile netpol.Profile) *PolicyLayer {
	if ungoverned(v) {
		return &PolicyLayer{none: true}
	}
	network := netpol.Model(v, profile)
	l := NewPolicyLayer(network)
	l.Gaps, l.partial = network.Gaps(), !v.Settings().Live
	return l
}

// NewPolicyLayer asks policies once about everything.
func NewPolicyLayer(policies Policies) *PolicyLayer {
	l := &PolicyLayer{
		policies: policies, ends: netpol.IndexEnds(policies.Ends()),
		in: map[*netpol.End][]netpol.Connection{}, out: map[*netpol.End][]netpol.Connection{}, across: map[*netpol.End]netpol.Connection{},
	}
	for _, e := range policies.Ends() {
		l.several = l.several || e.Namespace != policies.Ends()[0].Namespace
	}
	policies.Each(func(c netpol.Connection) bool {
		switch {
		case c.Src.End == nil:
			l.in[c.Dst.End] = append(l.in[c.Dst.End], c)
		case c.Dst.End == nil:
			l.out[c.Src.End] = append(l.out[c.Src.End], c)
		case c.Src.End.Namespace != c.Dst.End.Namespace:
			if known, ok := l.across[c.Src.End]; !ok || surer(c.Verdict, known.Verdict) {
				l.across[c.Src.End] = c
			}
		}
		return true
	})
	return l
}

// ungoverned reports whether there are no policies, which is certain in a running
// cluster only where each kind was listed. Files that hold none are taken to say so.
func ungoverned(v *snapshot.View) bool {
	for _, gk := range netpol.PolicyKinds() {
		scope := model.Scope{Cluster: v.Settings().Cluster, Group: gk.Group, Kind: gk.Kind}
		if len(v.Objects(gk, "")) > 0 || v.Unread(scope) || v.Settings().Live && !v.Snapshot().Listed(scope) {
			return false
		}
	}
	return true
}

// surer reports whether a verdict says more of a way than another: that it is open
// before that it may be.
func surer(a, b netpol.Verdict) bool { return rank(a) > rank(b) }

func rank(v netpol.Verdict) int {
	switch v {
	case netpol.Allowed:
		return 3
	case netpol.Unknown:
		return 2
	case netpol.Undefined:
		return 1
	default:
		return 0
	}
}

// everywhere is every address, by family.
func everywhere() []netpol.Range {
	return []netpol.Range{blockRange(netip.PrefixFrom(netip.IPv4Unspecified(), 0)), blockRange(netip.PrefixFrom(netip.IPv6Unspecified(), 0))}
}

func blockRange(prefix netip.Prefix) netpol.Range {
	return netpol.Range{From: prefix.Masked().Addr(), To: last(prefix)}
}

// common is the range that two ranges share.
func common(a, b netpol.Range) (netpol.Range, bool) {
	if a.From.BitLen() != b.From.BitLen() {
		return netpol.Range{}, false
	}
	if a.From.Less(b.From) {
		a.From = b.From
	}
	if b.To.Less(a.To) {
		a.To = b.To
	}
	return a, !a.To.Less(a.From)
}

// Inbound says whether policies let a path through.
func (l *PolicyLayer) Inbound(p *Path) Passage {
	switch {
	case p.Target.Workload == nil:
		return Passage{Note: "whose address this is, is not known"}
	case l.none:
		return Passage{Verdict: netpol.Allowed}
	case p.Target.Port == 0:
		return Passage{Note: "the port is not known"}
	}
	protocol, ok := netpol.ParseProtocol(string(p.Target.Protocol))
	ends := slices.Clone(l.ends.Of(p.Target.Workload.Object))
	for _, w := range p.Target.again {
		for _, e := range l.ends.Of(w.Object) {
			if !slices.Contains(ends, e) {
				ends = append(ends, e)
			}
		}
	}
	if !ok || len(ends) == 0 {
		return Passage{Note: "policies could not be asked about " + p.Target.String()}
	}
	best := Passage{Verdict: netpol.Denied}
	for i, e := range ends {
		one := l.into(p, e, protocol, uint16(p.Target.Port))
		if i == 0 || surer(one.Verdict, best.Verdict) {
			best = one
		}
	}
	return best
}

func (l *PolicyLayer) into(p *Path, e *netpol.End, protocol netpol.Protocol, port uint16) Passage {
	if p.Way.Proxied() {
		return l.fromProxy(p, e, protocol, port)
	}
	wanted := everywhere()
	if len(p.Sources.Ranges) > 0 {
		wanted = nil
		for _, prefix := range p.Sources.Ranges {
			wanted = append(wanted, blockRange(prefix))
		}
	}
	seen := l.fromAddresses(wanted, e, protocol, port)
	if p.ExternalTrafficPolicy != corev1.ServiceExternalTrafficPolicyCluster {
		return seen
	}
	// Nodes put their own address in place of the client's: policies see either.
	whole := l.fromAddresses(everywhere(), e, protocol, port)
	if whole.Verdict == netpol.Allowed && len(whole.From) == 0 || seen.Verdict == netpol.Unknown {
		return seen
	}
	return Passage{Verdict: netpol.Undefined, witness: seen.witness, Note: "with externalTrafficPolicy Cluster policies may see a node's address in place of the client's"}
}

// fromAddresses says whether policies let some of the addresses through.
func (l *PolicyLayer) fromAddresses(wanted []netpol.Range, e *netpol.End, protocol netpol.Protocol, port uint16) Passage {
	found := Passage{Verdict: netpol.Denied}
	var through []netpol.Range
	for i := range l.in[e] {
		c := &l.in[e][i]
		if c.Protocol != protocol || port < c.From || port > c.To {
			continue
		}
		for _, want := range wanted {
			shared, meets := common(want, c.Src.Range)
			if !meets {
				continue
			}
			if c.Verdict == netpol.Allowed {
				through = append(through, shared)
			}
			if surer(c.Verdict, found.Verdict) {
				found.Verdict = c.Verdict
				found.witness = &netpol.Connection{Src: netpol.Outside(shared.From), Dst: netpol.Of(e), Protocol: protocol, From: port, To: port}
			}
		}
	}
	if found.witness == nil && len(wanted) > 0 {
		found.witness = &netpol.Connection{Src: netpol.Outside(wanted[0].From), Dst: netpol.Of(e), Protocol: protocol, From: port, To: port}
	}
	if !slices.Equal(through, wanted) && found.Verdict == netpol.Allowed {
		if merged := merge(through); !slices.Equal(merged, merge(slices.Clone(wanted))) {
			found.From = merged
		}
	}
	return found
}

// merge sorts ranges and joins those that touch.
func merge(ranges []netpol.Range) []netpol.Range {
	slices.SortFunc(ranges, func(a, b netpol.Range) int { return a.From.Compare(b.From) })
	var merged []netpol.Range
	for _, r := range ranges {
		if n := len(merged); n > 0 && merged[n-1].From.BitLen() == r.From.BitLen() {
			next := merged[n-1].To.Next()
			if !next.IsValid() || !next.Less(r.From) {
				if merged[n-1].To.Less(r.To) {
					merged[n-1].To = r.To
				}
				continue
			}
		}
		merged = append(merged, r)
	}
	return merged
}

// fromProxy says whether policies let the proxy through that a path goes over: its
// pods where they are known, else every pod and address that it could be.
func (l *PolicyLayer) fromProxy(p *Path, e *netpol.End, protocol netpol.Protocol, port uint16) Passage {
	known := false
	found := Passage{Verdict: netpol.Denied}
	for _, w := range p.Proxies {
		for _, proxy := range l.ends.Of(w.Object) {
			known = true
			verdict := l.policies.Verdict(netpol.Of(proxy), netpol.Of(e), protocol, port)
			if found.witness == nil || surer(verdict, found.Verdict) {
				found.Verdict = verdict
				found.witness = &netpol.Connection{Src: netpol.Of(proxy), Dst: netpol.Of(e), Protocol: protocol, From: port, To: port}
			}
		}
	}
	if known {
		return found
	}
	return l.fromAnyProxy(e, protocol, port)
}

// fromAnyProxy decides where all that a proxy could be is treated alike. What may not
// open connections is none.
func (l *PolicyLayer) fromAnyProxy(e *netpol.End, protocol netpol.Protocol, port uint16) Passage {
	whole := l.fromAddresses(everywhere(), e, protocol, port)
	allowed, denied := whole.Verdict == netpol.Allowed && len(whole.From) == 0, whole.Verdict == netpol.Denied
	var refused []*netpol.End
	for _, other := range l.policies.Ends() {
		if other == e {
			continue
		}
		switch l.policies.Verdict(netpol.Of(other), netpol.Of(e), protocol, port) {
		case netpol.Allowed:
			denied = false
		case netpol.Denied:
			refused = append(refused, other)
		default:
			allowed, denied = false, false
		}
		if !allowed && !denied {
			break
		}
	}
	if denied && l.partial && !l.shut(whole.witness, netpol.Ingress) {
		return Passage{Note: "the proxy was not supplied: it may be among those that are let through", witness: whole.witness}
	}
	if denied {
		return Passage{Verdict: netpol.Denied, witness: whole.witness, Note: "no pod and no address that the proxy could have is let through"}
	}
	for i := 0; allowed && i < len(refused); i++ {
		for _, side := range l.policies.Explain(netpol.Of(refused[i]), netpol.Of(e), protocol, port).Sides {
			allowed = allowed && (side.Direction == netpol.Egress || side.Verdict == netpol.Allowed)
		}
	}
	if allowed {
		return Passage{Verdict: netpol.Allowed, witness: whole.witness}
	}
	return Passage{Note: "it depends on which pods are the proxy, and that is not known", witness: whole.witness}
}

// shut reports whether the policies of one side deny a connection, and would deny it
// whoever its peer was: none of their rules is for others.
func (l *PolicyLayer) shut(c *netpol.Connection, direction netpol.Direction) bool {
	for _, side := range l.policies.Explain(c.Src, c.Dst, c.Protocol, c.From).Sides {
		if side.Direction == direction {
			forOthers := func(r netpol.Reason) bool { return r.Rule >= 0 && r.Effect == netpol.NoMatch }
			return side.Verdict == netpol.Denied && !slices.ContainsFunc(side.Reasons, forOthers)
		}
	}
	return false
}

// Deciders are what policies say of one connection that has the verdict: those
// reasons that decide.
func (l *PolicyLayer) Deciders(p *Passage) []netpol.Reason {
	if p.witness == nil || l.none {
		return nil
	}
	w := p.witness
	var reasons []netpol.Reason
	for _, side := range l.policies.Explain(w.Src, w.Dst, w.Protocol, w.From).Sides {
		for i := range side.Reasons {
			if side.Reasons[i].Decides && side.Reasons[i].Policy != nil {
				reasons = append(reasons, side.Reasons[i])
			}
		}
	}
	return reasons
}

// endsOf are the ends of a workload, of all its definitions.
func (l *PolicyLayer) endsOf(w *workload.Workload) []*netpol.End { return l.ends[w.Object.ID] }
