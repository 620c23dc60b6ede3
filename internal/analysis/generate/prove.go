package generate

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// change puts the policy into a snapshot.
func (made *policy) change(v *snapshot.View) snapshot.Change { return putPolicy(v, made.object) }

func putPolicy(v *snapshot.View, object *networkingv1.NetworkPolicy) snapshot.Change {
	return snapshot.Change{Put: &snapshot.Object{Ref: refOf(v, networkingv1.GroupName, "NetworkPolicy", object.Namespace, object.Name), Body: object}}
}

// prover asks a network about the policies of a plan.
type prover struct {
	*expectation
	snapshot     *snapshot.Snapshot
	profile      netpol.Profile
	network      *netpol.Network
	units        map[*snapshot.Object]*unit
	ends         map[*unit][]*netpol.End
	c            *Certificate
	bySrc, byDst map[*unit][]pair
}

// prove compares what is allowed with what was asked for, in both directions, and
// takes away each part once.
func (p *plan) prove() Certificate {
	c := Certificate{Profile: p.c.options.Profile.Name, Widened: p.widened, Skipped: p.c.skipped, Notes: p.c.notes, Probes: p.c.probes(slices.Sorted(maps.Keys(p.governed)))}
	for _, object := range p.replaced {
		c.Replaced = append(c.Replaced, object.ID.String())
	}
	for _, u := range p.c.survey.units {
		if u.host && p.governed[u.object.Namespace] {
			c.NotGoverned = append(c.NotGoverned, u.String())
		}
	}
	if len(p.governed) == 0 {
		return c // about nothing, nothing is proved
	}
	pr := &prover{expectation: newExpectation(p), snapshot: p.laidOver(), profile: p.profile(), c: &c}
	pr.ask(pr.snapshot)
	pr.nothingLess()
	pr.nothingLessOverMesh()
	pr.nothingMore()
	pr.listWidened()
	c.judge()
	if c.Exact == Undecided {
		p.c.gaps = append(p.c.gaps, pr.network.Gaps()...) // why
	}
	if c.Exact != Refuted {
		pr.takeAway()
		c.judgeParts()
	}
	return c
}

// profile is that of the options. Where only the policies of the plan have blocks, and
// each is one address that was resolved to something outside, no block means a pod,
// whatever the network plugin makes of blocks: the addresses of pods that do not run
// need not be known.
func (p *plan) profile() netpol.Profile {
	profile := p.c.options.Profile
	for _, l := range p.links {
		for _, side := range []party{l.src, l.dst} {
			if side.block.IsValid() && !side.block.IsSingleIP() {
				return profile
			}
		}
	}
	for object, policy := range supplied(p.c.view, kinds.NetworkPolicies, "") {
		if !slices.Contains(p.replaced, object) && hasBlocks(&policy.Spec) {
			return profile
		}
	}
	if profile.PodBlocks == netpol.Open {
		profile.PodBlocks, profile.NodeBlocks = netpol.Ignores, netpol.Applies
	}
	return profile
}

func hasBlocks(spec *networkingv1.NetworkPolicySpec) bool {
	isBlock := func(peer networkingv1.NetworkPolicyPeer) bool { return peer.IPBlock != nil }
	return slices.ContainsFunc(spec.Ingress, func(r networkingv1.NetworkPolicyIngressRule) bool { return slices.ContainsFunc(r.From, isBlock) }) ||
		slices.ContainsFunc(spec.Egress, func(r networkingv1.NetworkPolicyEgressRule) bool { return slices.ContainsFunc(r.To, isBlock) })
}

// ask builds the network of a snapshot and finds the workloads in it again.
func (pr *prover) ask(s *snapshot.Snapshot) {
	pr.network = netpol.Model(s.View(), pr.profile)
	pr.ends = map[*unit][]*netpol.End{}
	pr.units = map[*snapshot.Object]*unit{}
	for _, end := range pr.network.Ends() {
		u := pr.plan.c.survey.byID[end.Workload.ID]
		if end.Workload.Name == otherPodName {
			u = pr.others[end.Namespace]
		}
		pr.units[end.Workload] = u
		pr.ends[u] = append(pr.ends[u], end)
	}
}

// nothingLess asks for each connection whether it is allowed.
func (pr *prover) nothingLess() {
	for _, asked := range pr.sortedPairs() {
		for _, port := range pr.ports(asked.src, asked.dst) {
			if pr.allows(asked.src, asked.dst, port) {
				pr.checkPair(asked, port)
			}
		}
	}
	for _, u := range pr.sortedUnits() {
		for _, port := range pr.ports(nil, u) {
			blocks := pr.inward[u][port]
			if pr.anyone[u][port] {
				blocks = everywhere()
			}
			pr.checkBlocks(u, port, blocks, true)
		}
		for _, port := range pr.ports(u, nil) {
			pr.checkBlocks(u, port, pr.outward[u][port], false)
		}
	}
}

// everywhere is all addresses of both families.
func everywhere() []netip.Prefix {
	return []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
}

// sortedPairs are the pairs that may connect: those of workloads, and those of whom
// is not governed with those who let everybody in.
func (pr *prover) sortedPairs() []pair {
	set := map[pair]bool{}
	for asked := range pr.pairs {
		set[asked] = true
	}
	for _, open := range []map[*unit]map[portOf]bool{pr.anyone, pr.pods} {
		for dst := range open {
			for _, src := range pr.plan.c.survey.units {
				if !pr.governs(src) && !src.host {
					set[pair{src, dst}] = true
				}
			}
		}
	}
	pairs := make([]pair, 0, len(set))
	for asked := range set {
		if !asked.src.host && !asked.dst.host {
			pairs = append(pairs, asked)
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := compareUnits(a.src, b.src); c != 0 {
			return c
		}
		return compareUnits(a.dst, b.dst)
	})
	return pairs
}

func (pr *prover) sortedUnits() []*unit {
	units := slices.DeleteFunc(slices.Clone(pr.plan.c.survey.units), func(u *unit) bool { return !pr.governs(u) })
	for _, other := range pr.others {
		units = append(units, other)
	}
	slices.SortFunc(units, compareUnits)
	return units
}

func (pr *prover) checkPair(asked pair, port portOf) {
	pr.c.Checked++
	for _, src := range pr.ends[asked.src] {
		for _, dst := range pr.ends[asked.dst] {
			if src == dst && !src.Replicated {
				continue
			}
			if !pr.check(netpol.Of(src), netpol.Of(dst), port) {
				return
			}
		}
	}
}

func (pr *prover) checkBlocks(u *unit, port portOf, blocks []netip.Prefix, inward bool) {
	for _, block := range blocks {
		pr.c.Checked++
		for _, end := range pr.ends[u] {
			for _, address := range []netip.Addr{block.Addr(), lastOf(block)} {
				src, dst := netpol.Outside(address), netpol.Of(end)
				if !inward {
					src, dst = dst, src
				}
				if !pr.check(src, dst, port) {
					break
				}
			}
		}
	}
}

// check notes a connection that is not allowed.
func (pr *prover) check(src, dst netpol.Peer, port portOf) bool {
	switch verdict := pr.network.Verdict(src, dst, port.protocol, port.port); verdict {
	case netpol.Allowed:
		return true
	case netpol.Denied:
		pr.c.lose(pr.describe(src, dst, port), pr.why(src, dst, port))
	default:
		pr.c.doubt(pr.describe(src, dst, port), verdict.String()+": "+pr.why(src, dst, port))
	}
	return false
}

func (pr *prover) describe(src, dst netpol.Peer, port portOf) string {
	return fmt.Sprintf("%s to %s on %s %d", nameOf(src), nameOf(dst), port.protocol, port.port)
}

// nameOf renders a peer as the rest of the report does.
func nameOf(p netpol.Peer) string {
	switch {
	case p.End == nil && p.Range.From == p.Range.To:
		return p.Range.From.String()
	case p.End == nil:
		return p.Range.String()
	case p.End.Name == otherPodName:
		return "any other pod of " + p.End.Namespace
	default:
		return p.End.String()
	}
}

// why says in words what decides: the policies, or that there are none.
func (pr *prover) why(src, dst netpol.Peer, port portOf) string {
	var policies, others []string
	explanation := pr.network.Explain(src, dst, port.protocol, port.port)
	for _, side := range explanation.Sides {
		if explanation.Verdict == netpol.Denied && side.Verdict != netpol.Denied {
			continue
		}
		for _, reason := range side.Reasons {
			text := side.Direction.String() + ": " + reason.Text
			switch {
			case !reason.Decides:
			case reason.Policy == nil:
				others = append(others, text)
			default:
				policies = append(policies, text+" ("+reason.Policy.ID.String()+")")
			}
		}
	}
	if len(policies) == 0 {
		policies = others
	}
	return strings.Join(policies, "; ")
}

// nothingMore asks for every connection that is not denied whether it was asked for.
func (pr *prover) nothingMore() {
	for found := range pr.network.Connections() {
		src, dst := pr.unitOf(found.Src), pr.unitOf(found.Dst)
		if !pr.governs(src) && !pr.governs(dst) || src != nil && src.host || dst != nil && dst.host {
			continue
		}
		if found.Src.End != nil && found.Src.End == found.Dst.End && !found.Src.End.Replicated {
			continue
		}
		pr.compare(&found, src, dst)
	}
}

func (pr *prover) unitOf(p netpol.Peer) *unit {
	if p.End == nil {
		return nil
	}
	return pr.units[p.End.Workload]
}

// compare takes the ports that were asked for out of a connection that is not denied,
// and notes the rest.
func (pr *prover) compare(found *netpol.Connection, src, dst *unit) {
	next := uint32(found.From)
	for _, port := range pr.ports(src, dst) {
		if port.protocol != found.Protocol || uint32(port.port) < next || port.port > found.To {
			continue
		}
		asked := false
		switch {
		case src == nil:
			asked = pr.allowsRange(dst, true, found.Src.Range, port)
		case dst == nil:
			asked = pr.allowsRange(src, false, found.Dst.Range, port)
		default:
			asked = pr.allows(src, dst, port)
		}
		if !asked {
			continue
		}
		if uint32(port.port) > next {
			pr.beyond(found, next, uint32(port.port)-1)
		}
		next = uint32(port.port) + 1
	}
	if next <= uint32(found.To) {
		pr.beyond(found, next, uint32(found.To))
	}
}

func (pr *prover) beyond(found *netpol.Connection, from, to uint32) {
	text := fmt.Sprintf("%s to %s on %s %d", nameOf(found.Src), nameOf(found.Dst), found.Protocol, from)
	if to > from {
		text += fmt.Sprintf("-%d", to)
	}
	reason := pr.why(found.Src, found.Dst, portOf{found.Protocol, uint16(from)})
	if found.Verdict == netpol.Allowed {
		pr.c.exceed(text, reason)
		return
	}
	pr.c.doubt(text, found.Verdict.String()+": "+reason)
}

// listWidened tells which connections are allowed because labels do not tell their
// sides from others.
func (pr *prover) listWidened() {
	for _, l := range slices.SortedFunc(maps.Keys(pr.widened), link.compare) {
		var alike []string
		for _, u := range []*unit{l.src.unit, l.dst.unit} {
			switch {
			case u == nil:
			case u.group == nil:
				alike = append(alike, "the only workload of "+u.object.Namespace+" has no stable label, so that its policy selects every pod")
			case len(u.group.units) > 1:
				alike = append(alike, u.group.String()+" have the same stable labels")
			}
		}
		pr.c.Widened = append(pr.c.Widened, Widening{Connection: l.String(), Reason: strings.Join(slices.Compact(alike), "; ")})
	}
}
