package netpol

import "cmp"

// turn says when a policy of NetworkPolicyTier is asked. NetworkPolicies, and the
// policies of Cilium, all speak at the same time: what one of them denies is denied,
// what one of them allows is allowed. Policies of Calico are asked one after the other,
// stage by stage; each stage is one of its tiers. Stage 0 is the tier that
// NetworkPolicies are in.
type turn struct {
	stage   int32
	ordered bool    // it is a policy of Calico
	order   float64 // in the stage
	passes  bool    // what nobody decides in the stage goes on to the next
}

// orderOfNetworkPolicies is where Calico puts NetworkPolicies among its own policies:
// https://docs.tigera.io/calico/latest/network-policy/get-started/calico-policy/calico-network-policy
// and libcalico-go/lib/backend/k8s/conversion.
const orderOfNetworkPolicies = 1000

func (t *turn) at() float64 {
	if t.ordered {
		return t.order
	}
	return orderOfNetworkPolicies
}

func (t *turn) compare(other *turn) int {
	return cmp.Or(cmp.Compare(t.stage, other.stage), cmp.Compare(t.at(), other.at()))
}

// networkPolicies asks the policies that select a pod, stage by stage.
func (n *Network) networkPolicies(now *parts, p *program, refs []reference) {
	for len(refs) > 0 {
		count, ordered := 0, false
		for stage := n.turn(refs[0]).stage; count < len(refs) && n.turn(refs[count]).stage == stage; count++ {
			ordered = ordered || n.turn(refs[count]).ordered
		}
		// "Traffic to and from the node where a Pod is running is always allowed,
		// regardless of the IP address of the Pod or the node": and where pods run
		// changes.
		n.meetAll(now, n.nodeMembers, allowed|next|open)
		if ordered {
			n.oneByOne(now, p, refs[:count])
			now.all(n.leave)
		} else {
			n.together(now, p, refs[:count])
		}
		refs = refs[count:]
	}
}

func (n *Network) turn(ref reference) *turn { return &n.policies[ref.policy].turn }

// together asks policies that add up: what one of them allows is allowed, unless
// another one denies it, and if one isolates, the rest is denied.
func (n *Network) together(now *parts, p *program, refs []reference) {
	n.denials(now, p, refs)
	isolated := false
	allows := func(r *rule) bool { return r.action != denied }
	for _, ref := range refs {
		if s := n.side(p, ref); !ref.maybe && !s.wild {
			isolated = isolated || s.isolates
			n.someRules(now, p, ref, allows)
		}
	}
	for _, ref := range refs {
		s := n.side(p, ref)
		if !ref.maybe && !s.wild {
			continue
		}
		own := n.undecided()
		n.someRules(&own, p, ref, allows)
		if s.isolates || s.wild {
			n.meetAll(&own, n.everyone, denied)
		}
		n.perhaps(&own)
		now.with(own, n.meetOther)
	}
	if isolated {
		n.meetAll(now, n.everyone, denied)
	}
}

func (n *Network) denials(now *parts, p *program, refs []reference) {
	for _, ref := range refs {
		if !n.side(p, ref).denies {
			continue
		}
		own := n.undecided()
		n.someRules(&own, p, ref, func(r *rule) bool { return r.action == denied })
		if ref.maybe {
			n.perhaps(&own)
		}
		now.with(own, n.meetOther)
	}
}

// oneByOne asks policies in their order; the first rule that matches decides. What
// none decides is denied, or goes on, if a policy selects the pod at all.
func (n *Network) oneByOne(now *parts, p *program, refs []reference) {
	isolated, perhaps, rest := false, false, denied
	for _, ref := range refs {
		if n.turn(ref).passes {
			rest = passed
		}
		sure := !ref.maybe && !n.side(p, ref).wild
		isolated, perhaps = isolated || sure, perhaps || !sure
	}
	for len(refs) > 0 {
		count := 1
		for count < len(refs) && n.turn(refs[count]).compare(n.turn(refs[0])) == 0 {
			count++
		}
		n.equals(now, p, refs[:count])
		refs = refs[count:]
	}
	switch {
	case isolated:
		n.meetAll(now, n.everyone, rest)
	case perhaps:
		n.meetAll(now, n.everyone, next|rest|unsure)
	}
}

// equals asks policies of one order. Of one kind in one namespace the name decides;
// how names of other kinds compare differs between the versions of Calico.
func (n *Network) equals(now *parts, p *program, refs []reference) {
	var group parts
	for len(refs) > 0 {
		own, scope, count := n.undecided(), n.policies[refs[0].policy].scope, 0
		for ; count < len(refs) && n.policies[refs[count].policy].scope == scope; count++ {
			own.with(n.alone(p, refs[count]), n.meetOther)
		}
		if group == nil {
			group = own
		} else {
			group.with(own, n.eitherOne)
		}
		refs = refs[count:]
	}
	now.with(group, n.meetOther)
}
