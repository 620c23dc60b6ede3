package generate

import (
	"fmt"
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
)

// maxRounds bounds how often a network is built to try parts.
const maxRounds = 300

// part is something that can be taken away of a policy: a rule, one of several peers or
// ports of a rule, or of the policy of a namespace a direction.
type part struct {
	policy *policy
	text   string
	take   func(*networkingv1.NetworkPolicySpec)
	// addresses are single ones that are taken away together: none of them stands for
	// another, so each must be lost on its own on one of ports.
	addresses []netip.Prefix
	ports     []networkingv1.NetworkPolicyPort
}

// count is how many parts are tried at once.
func (p *part) count() int { return max(1, len(p.addresses)) }

// without is the policy without the part.
func (p *part) without() *networkingv1.NetworkPolicy {
	without := p.policy.object.DeepCopy()
	p.take(&without.Spec)
	return without
}

// takeAway tries every part: without it something must change. In one round each policy
// of a workload loses one part of one direction: whom others select, that does not
// concern.
func (pr *prover) takeAway() {
	complete := pr.network
	for _, direction := range []netpol.Direction{netpol.Ingress, netpol.Egress} {
		var parts [][]part
		rounds := 0
		for _, made := range pr.plan.policies {
			if made.group != nil {
				parts = append(parts, made.parts(direction))
				rounds = max(rounds, len(parts[len(parts)-1]))
			}
		}
		for round := range rounds {
			var taken []part
			for _, of := range parts {
				if round < len(of) {
					taken = append(taken, of[round])
				}
			}
			pr.try(taken, direction, round)
		}
	}
	pr.takeAwayOfNamespaces()
	pr.network = complete
}

// takeAwayOfNamespaces tries the parts of the policies of whole namespaces. Those of
// different namespaces meet in no connection that is asked about.
func (pr *prover) takeAwayOfNamespaces() {
	var parts [][]part
	rounds := 0
	for _, made := range pr.plan.policies {
		if made.group != nil {
			continue
		}
		own := append(pr.types(made), made.parts(netpol.Egress)...)
		parts = append(parts, own)
		rounds = max(rounds, len(own))
	}
	for round := range rounds {
		var taken []part
		for _, of := range parts {
			if round < len(of) {
				taken = append(taken, of[round])
			}
		}
		pr.try(taken, netpol.Egress, round)
	}
}

func (pr *prover) try(taken []part, direction netpol.Direction, round int) {
	if round >= maxRounds {
		for i := range taken {
			pr.c.Unchecked += taken[i].count()
		}
		return
	}
	changes := make([]snapshot.Change, len(taken))
	for i := range taken {
		changes[i] = putPolicy(pr.plan.c.view, taken[i].without())
	}
	pr.ask(pr.snapshot.With(changes...))
	for i := range taken {
		pr.c.Parts += taken[i].count()
		if len(taken[i].addresses) > 0 {
			pr.addressesDiffer(&taken[i], direction == netpol.Ingress)
		} else if !pr.differs(&taken[i], direction) {
			pr.c.Redundant = append(pr.c.Redundant, taken[i].text)
		}
	}
}

// differs reports whether something that was asked for is not allowed, or a pod that
// does not exist yet can reach or be reached.
func (pr *prover) differs(p *part, direction netpol.Direction) bool {
	if p.policy.group == nil {
		return pr.othersDiffer(p.policy.object.Namespace)
	}
	for _, u := range pr.members(p.policy.group) {
		if pr.unitDiffers(u, direction) {
			return true
		}
	}
	return false
}

// addressesDiffer notes each of several addresses without which the same is allowed.
func (pr *prover) addressesDiffer(p *part, inward bool) {
	for _, address := range p.addresses {
		lost := false
		for _, u := range pr.members(p.policy.group) {
			for i := range p.ports {
				protocol, _ := netpol.ParseProtocol(string(*p.ports[i].Protocol))
				lost = lost || !pr.blockAllowed(u, portOf{protocol, uint16(p.ports[i].Port.IntVal)}, inward, []netip.Prefix{address})
			}
		}
		if !lost {
			pr.c.Redundant = append(pr.c.Redundant, p.text+" "+address.String())
		}
	}
}

// unitDiffers reports whether a workload lost a connection of one direction.
func (pr *prover) unitDiffers(u *unit, direction netpol.Direction) bool {
	inward := direction == netpol.Ingress
	for _, asked := range pr.pairsOf(u, inward) {
		for _, port := range pr.ports(asked.src, asked.dst) {
			if pr.allows(asked.src, asked.dst, port) && !pr.allAllowed(asked, port) {
				return true
			}
		}
	}
	blocks := pr.outward[u]
	if inward {
		blocks = pr.inward[u]
		for port := range pr.anyone[u] {
			if !pr.blockAllowed(u, port, true, everywhere()) {
				return true
			}
		}
	}
	for port, of := range blocks {
		if !pr.blockAllowed(u, port, inward, of) {
			return true
		}
	}
	return false
}

// pairsOf are the pairs in which a workload is the one that is reached, or the one
// that reaches.
func (pr *prover) pairsOf(u *unit, inward bool) []pair {
	if pr.bySrc == nil {
		pr.bySrc, pr.byDst = map[*unit][]pair{}, map[*unit][]pair{}
		for _, asked := range pr.sortedPairs() {
			pr.bySrc[asked.src] = append(pr.bySrc[asked.src], asked)
			pr.byDst[asked.dst] = append(pr.byDst[asked.dst], asked)
		}
	}
	if inward {
		return pr.byDst[u]
	}
	return pr.bySrc[u]
}

func (pr *prover) allAllowed(asked pair, port portOf) bool {
	for _, src := range pr.ends[asked.src] {
		for _, dst := range pr.ends[asked.dst] {
			if src == dst && !src.Replicated {
				continue
			}
			if pr.network.Verdict(netpol.Of(src), netpol.Of(dst), port.protocol, port.port) != netpol.Allowed {
				return false
			}
		}
	}
	return true
}

// blockAllowed reports whether the ends of all the blocks are allowed.
func (pr *prover) blockAllowed(u *unit, port portOf, inward bool, blocks []netip.Prefix) bool {
	for _, block := range blocks {
		for _, end := range pr.ends[u] {
			for _, address := range []netip.Addr{block.Addr(), lastOf(block)} {
				src, dst := netpol.Outside(address), netpol.Of(end)
				if !inward {
					src, dst = dst, src
				}
				if pr.network.Verdict(src, dst, port.protocol, port.port) != netpol.Allowed {
					return false
				}
			}
		}
	}
	return true
}

// othersDiffer reports whether a pod that does not exist yet lost its DNS, or is open
// to what nobody asked for.
func (pr *prover) othersDiffer(namespace string) bool {
	other := pr.others[namespace]
	if pr.unitDiffers(other, netpol.Egress) || pr.unitDiffers(other, netpol.Ingress) {
		return true
	}
	stranger := netpol.Outside(everywhere()[0].Addr())
	for _, end := range pr.ends[other] {
		for _, protocol := range netpol.Protocols() {
			if pr.network.Verdict(stranger, netpol.Of(end), protocol, strangePort) == netpol.Allowed ||
				pr.network.Verdict(netpol.Of(end), stranger, protocol, strangePort) == netpol.Allowed {
				return true
			}
		}
	}
	return false
}

// strangePort is one that IANA keeps reserved.
const strangePort = 1023

// types are the two directions that the policy of a namespace isolates, without those
// in which a workload's policy selects every pod too.
func (pr *prover) types(made *policy) []part {
	var parts []part
	for i, of := range made.object.Spec.PolicyTypes {
		if slices.ContainsFunc(pr.plan.policies, func(p *policy) bool {
			return p.group != nil && p.group.selectsAll() && p.object.Namespace == made.object.Namespace && slices.Contains(p.object.Spec.PolicyTypes, of)
		}) {
			continue
		}
		text := fmt.Sprintf("%s/%s spec.policyTypes[%d]", made.object.Namespace, made.object.Name, i)
		parts = append(parts, part{policy: made, text: text, take: func(s *networkingv1.NetworkPolicySpec) {
			s.PolicyTypes = slices.Delete(s.PolicyTypes, i, i+1)
			if of == networkingv1.PolicyTypeEgress {
				s.Egress = nil
			}
		}})
	}
	return parts
}

// parts are the rules, peers and ports of one direction. The only peer of a rule is
// the rule itself: without any, a rule is for everyone.
func (made *policy) parts(direction netpol.Direction) []part {
	var parts []part
	add := func(p part, path string) {
		p.policy, p.text = made, fmt.Sprintf("%s/%s spec.%s%s", made.object.Namespace, made.object.Name, direction, path)
		parts = append(parts, p)
	}
	each := func(i int, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort, side string, at func(*networkingv1.NetworkPolicySpec) (*[]networkingv1.NetworkPolicyPeer, *[]networkingv1.NetworkPolicyPort)) {
		for _, of := range divide(peers) {
			take := func(s *networkingv1.NetworkPolicySpec) {
				list, _ := at(s)
				*list = slices.Delete(*list, of.from, of.to)
			}
			add(part{take: take, addresses: of.addresses, ports: ports}, fmt.Sprintf("[%d].%s[%d]", i, side, of.from))
		}
		for j := 0; len(ports) > 1 && j < len(ports); j++ {
			add(part{take: func(s *networkingv1.NetworkPolicySpec) {
				_, list := at(s)
				*list = slices.Delete(*list, j, j+1)
			}}, fmt.Sprintf("[%d].ports[%d]", i, j))
		}
	}
	if direction == netpol.Ingress {
		for i, r := range made.object.Spec.Ingress {
			add(part{take: func(s *networkingv1.NetworkPolicySpec) { s.Ingress = slices.Delete(s.Ingress, i, i+1) }}, fmt.Sprintf("[%d]", i))
			each(i, r.From, r.Ports, "from", func(s *networkingv1.NetworkPolicySpec) (*[]networkingv1.NetworkPolicyPeer, *[]networkingv1.NetworkPolicyPort) {
				return &s.Ingress[i].From, &s.Ingress[i].Ports
			})
		}
		return parts
	}
	for i, r := range made.object.Spec.Egress {
		add(part{take: func(s *networkingv1.NetworkPolicySpec) { s.Egress = slices.Delete(s.Egress, i, i+1) }}, fmt.Sprintf("[%d]", i))
		each(i, r.To, r.Ports, "to", func(s *networkingv1.NetworkPolicySpec) (*[]networkingv1.NetworkPolicyPeer, *[]networkingv1.NetworkPolicyPort) {
			return &s.Egress[i].To, &s.Egress[i].Ports
		})
	}
	return parts
}

// stretch is peers that are taken away together.
type stretch struct {
	from, to  int
	addresses []netip.Prefix
}

// fewAddresses are taken away one by one.
const fewAddresses = 8

// divide takes the peers of a rule one by one, but many single addresses, which stand
// at its end, in two halves. It never takes all.
func divide(peers []networkingv1.NetworkPolicyPeer) []stretch {
	if len(peers) < 2 {
		return nil
	}
	var list []stretch
	singles := len(peers)
	for singles > 0 && onlyAddress(peers[singles-1]).IsValid() {
		singles--
	}
	if len(peers)-singles <= fewAddresses {
		singles = len(peers)
	}
	for i := range singles {
		list = append(list, stretch{from: i, to: i + 1})
	}
	middle := (singles + len(peers)) / 2
	for _, half := range [][2]int{{singles, middle}, {middle, len(peers)}} {
		s := stretch{from: half[0], to: half[1]}
		for _, peer := range peers[half[0]:half[1]] {
			s.addresses = append(s.addresses, onlyAddress(peer))
		}
		if len(s.addresses) > 0 {
			list = append(list, s)
		}
	}
	return list
}

// onlyAddress is the address that a peer means, where it means just one.
func onlyAddress(peer networkingv1.NetworkPolicyPeer) netip.Prefix {
	if peer.IPBlock == nil {
		return netip.Prefix{}
	}
	if block, err := netip.ParsePrefix(peer.IPBlock.CIDR); err == nil && block.IsSingleIP() {
		return block
	}
	return netip.Prefix{}
}
