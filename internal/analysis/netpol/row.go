package netpol

import "slices"

// reference says that a policy selects a class; with maybe, that it perhaps does.
type reference struct {
	policy int32
	maybe  bool
}

// program is what decides about the connections of a class in one direction: the
// policies that select it, in the order in which they are asked, and for ingress what
// its ports are called. Classes with equal programs have equal rows.
type program struct {
	direction Direction
	refs      []reference
	ports     []NamedPort
	row       *row
}

// row says for every member of the universe what a program makes of its connections,
// as a function of the port. The parts do not overlap and leave nobody out.
type row struct{ parts []part }

type part struct {
	function function
	members  set
}

// of is the function for one member.
func (r *row) of(member int) function {
	for i := range r.parts {
		if r.parts[i].members.has(member) {
			return r.parts[i].function
		}
	}
	return r.parts[0].function
}

// parts is a row in the making, in which functions have outcomes as values.
type parts []part

func (p *parts) add(f function, members set) {
	for i := range *p {
		if (*p)[i].function == f {
			(*p)[i].members.union(members)
			return
		}
	}
	*p = append(*p, part{f, members})
}

// change applies a step to the functions of some members.
func (p *parts) change(members set, step func(function) function) {
	var changed parts
	for i := range *p {
		to := step((*p)[i].function)
		if to == (*p)[i].function {
			continue
		}
		moved := (*p)[i].members.and(members)
		if !moved.empty() {
			(*p)[i].members.subtract(moved)
			changed.add(to, moved)
		}
	}
	if len(changed) == 0 {
		return
	}
	*p = slices.DeleteFunc(*p, func(q part) bool { return q.members.empty() })
	for _, c := range changed {
		p.add(c.function, c.members)
	}
}

// all applies a step to the functions of all members.
func (p *parts) all(step func(function) function) {
	var changed parts
	for _, q := range *p {
		changed.add(step(q.function), q.members)
	}
	*p = changed
}

// with combines two rows member by member.
func (p *parts) with(other parts, step func(a, b function) function) {
	var combined parts
	for i := range *p {
		for j := range other {
			if both := (*p)[i].members.and(other[j].members); !both.empty() {
				combined.add(step((*p)[i].function, other[j].function), both)
			}
		}
	}
	*p = combined
}

// row computes the row of a program once. The lock is held.
func (n *Network) row(p *program) *row {
	if p.row == nil {
		p.row = n.compute(p)
	}
	return p.row
}

// compute asks the tiers in their order. What one decides is not changed by the next.
func (n *Network) compute(p *program) *row {
	f := n.functions
	now := n.undecided()
	refs := p.refs
	take := func(tier Tier) []reference {
		count := 0
		for count < len(refs) && n.policies[refs[count].policy].tier == tier {
			count++
		}
		taken := refs[:count]
		refs = refs[count:]
		return taken
	}
	if admin := take(AdminTier); len(admin) > 0 {
		n.inOrder(&now, p, admin)
		now.all(n.leave)
	}
	n.networkPolicies(&now, p, take(NetworkPolicyTier))
	if baseline := take(BaselineTier); len(baseline) > 0 {
		n.baseline(&now, p, baseline)
		now.all(n.leave)
	}
	now.all(func(a function) function {
		return f.each(finish, 0, a, func(o outcome) uint8 { return uint8(o.verdict()) })
	})
	// The largest part first: most questions end there.
	slices.SortStableFunc(now, func(a, b part) int { return b.members.count() - a.members.count() })
	return &row{parts: now}
}

func (n *Network) undecided() parts {
	return parts{{function: n.functions.constant(uint8(next)), members: n.everyone.clone()}}
}

func (n *Network) leave(a function) function {
	return n.functions.each(leaveTier, 0, a, func(o outcome) uint8 { return uint8(o.leave()) })
}

func (n *Network) meetOther(a, b function) function {
	return n.functions.both(meetOther, a, b, func(a, b uint8) uint8 { return uint8(outcome(a).meet(outcome(b))) })
}

func (n *Network) eitherOne(a, b function) function {
	return n.functions.both(eitherOne, a, b, func(a, b uint8) uint8 { return uint8(outcome(a).either(outcome(b))) })
}

// inOrder asks admin policies by priority. Of those with equal priority a plugin may
// ask whichever it likes.
func (n *Network) inOrder(now *parts, p *program, refs []reference) {
	for len(refs) > 0 {
		count := 1
		for count < len(refs) && n.policies[refs[count].policy].priority == n.policies[refs[0].policy].priority {
			count++
		}
		if count == 1 && !refs[0].maybe {
			n.rules(now, p, refs[0])
		} else {
			group := n.alone(p, refs[0])
			for _, ref := range refs[1:count] {
				group.with(n.alone(p, ref), n.eitherOne)
			}
			now.with(group, n.meetOther)
		}
		refs = refs[count:]
	}
}

// alone is what one policy says when it is the first to be asked.
func (n *Network) alone(p *program, ref reference) parts {
	own := n.undecided()
	n.rules(&own, p, ref)
	if ref.maybe {
		n.perhaps(&own)
	}
	return own
}

// perhaps makes of what a policy says what it says if it applies at all.
func (n *Network) perhaps(own *parts) {
	own.all(func(a function) function {
		return n.functions.each(perhapsIt, unsure, a, func(o outcome) uint8 { return uint8(o.perhaps(unsure)) })
	})
}

// baseline asks the ClusterNetworkPolicies by priority. The API does not say whether a
// BaselineAdminNetworkPolicy comes before or behind them: it is the other's equal.
func (n *Network) baseline(now *parts, p *program, refs []reference) {
	isAlone := func(r reference) bool { return n.policies[r.policy].alone }
	at := slices.IndexFunc(refs, isAlone)
	if at < 0 || len(refs) == 1 {
		n.inOrder(now, p, refs)
		return
	}
	group := n.alone(p, refs[at])
	others := n.undecided()
	n.inOrder(&others, p, slices.DeleteFunc(slices.Clone(refs), isAlone))
	group.with(others, n.eitherOne)
	now.with(group, n.meetOther)
}

func (n *Network) side(p *program, ref reference) *side {
	return n.policies[ref.policy].sides[p.direction]
}

func (n *Network) meetAll(now *parts, members set, result outcome) {
	ports := allPorts()
	now.change(members, func(a function) function { return n.functions.meet(a, n.portSet(ports), ports, result) })
}

// rules asks the rules of one policy in their order.
func (n *Network) rules(now *parts, p *program, ref reference) {
	n.someRules(now, p, ref, func(*rule) bool { return true })
}

func (n *Network) someRules(now *parts, p *program, ref reference, which func(*rule) bool) {
	policy, s := n.policies[ref.policy], n.side(p, ref)
	if s.wild {
		n.meetAll(now, n.everyone, anything(policy.tier))
		return
	}
	for i := range s.rules {
		r := &s.rules[i]
		if !which(r) {
			continue
		}
		m := n.match(policy, r)
		if r.strange != "" {
			n.strangeRule(now, r)
			continue
		}
		if r.perhaps {
			n.rule(now, p, r, m.yes, r.action|next|unsure)
			n.rule(now, p, r, m.unsure, r.action|next|unsure)
			n.rule(now, p, r, m.open, r.action|next|unsure)
			continue
		}
		n.rule(now, p, r, m.yes, r.action)
		n.rule(now, p, r, m.unsure, r.action|next|unsure)
		n.rule(now, p, r, m.open, r.action|next|open)
	}
}

func anything(tier Tier) outcome {
	if tier == NetworkPolicyTier {
		return next | allowed | unsure
	}
	return next | allowed | denied | passed | unsure
}

// strangeRule is a rule with a peer that is not known. Who knows it applies the rule to
// some members; who does not takes one that accepts as matching nothing, and any other
// as "Deny all".
func (n *Network) strangeRule(now *parts, r *rule) {
	if r.action == allowed {
		ports := r.ports
		if len(r.named) > 0 {
			ports = allPorts()
		}
		now.change(n.everyone, func(a function) function {
			return n.functions.meet(a, n.portSet(ports), ports, next|allowed|unsure)
		})
		return
	}
	n.meetAll(now, n.everyone, next|r.action|denied|unsure)
}

// rule makes result of what is not decided yet between the members and the subject of
// a program, at the ports of a rule.
func (n *Network) rule(now *parts, p *program, r *rule, members set, result outcome) {
	if members.empty() {
		return
	}
	ports := r.ports
	if p.direction == Ingress {
		ports = n.resolve(r, p.ports)
	}
	n.meetPorts(now, members, ports, result)
	if p.direction == Egress {
		for i := range r.named {
			for _, named := range n.namedPorts[r.named[i].name] {
				n.meetPorts(now, members.and(named.members), named.ranges(&r.named[i]), result)
			}
			if r.anywhere {
				for _, named := range n.namedPorts[r.named[i].name] {
					n.meetPorts(now, members, named.ranges(&r.named[i]), result|next|unsure)
				}
			}
		}
	}
}

func (n *Network) meetPorts(now *parts, members set, ports []portRange, result outcome) {
	if len(ports) == 0 {
		return
	}
	number := n.portSet(ports)
	now.change(members, func(a function) function { return n.functions.meet(a, number, ports, result) })
}

// resolve adds to the ports of a rule those that it means by name, as the containers of
// the destination call them.
func (n *Network) resolve(r *rule, named []NamedPort) []portRange {
	if len(r.named) == 0 {
		return r.ports
	}
	ports := slices.Clone(r.ports)
	for i := range r.named {
		ports = append(ports, (&portGroup{ports: named}).ranges(&r.named[i])...)
	}
	return normal(ports)
}

// portGroup is the classes of which the containers' ports are called alike.
type portGroup struct {
	ports   []NamedPort
	members set
}

// ranges lists the ports that a name means.
func (g *portGroup) ranges(name *portName) []portRange {
	var ranges []portRange
	for _, p := range g.ports {
		if p.Name == name.name && (name.anyProtocol || p.Protocol == name.protocol) {
			from := linear(p.Protocol, p.Port)
			if p.Port == 1 {
				from--
			}
			ranges = append(ranges, portRange{from: from, to: linear(p.Protocol, p.Port)})
		}
	}
	return normal(ranges)
}
