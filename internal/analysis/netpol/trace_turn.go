package netpol

import (
	"fmt"
	"slices"
)

// networkPolicies asks the policies that select a pod, stage by stage, see the method
// of Network.
func (t *trace) networkPolicies() {
	refs := t.refs(NetworkPolicyTier)
	for t.now&next != 0 && len(refs) > 0 {
		stage := t.n.turn(refs[0]).stage
		count := 0
		for count < len(refs) && t.n.turn(refs[count]).stage == stage {
			count++
		}
		if slices.ContainsFunc(refs[:count], func(r reference) bool { return t.n.turn(r).ordered }) {
			t.oneByOne(refs[:count])
			t.now = t.now.leave()
		} else {
			t.together(refs[:count])
		}
		refs = refs[count:]
	}
}

// together asks policies that add up.
func (t *trace) together(refs []reference) {
	denies := slices.ContainsFunc(refs, func(r reference) bool { return t.n.policies[r.policy].sides[t.program.direction].denies })
	if denies {
		t.fromNode()
		t.denials(refs)
	}
	isolated, before := false, t.now
	var sure, unsureRefs []reference
	for _, ref := range refs {
		s := t.n.policies[ref.policy].sides[t.program.direction]
		if ref.maybe || s.wild {
			unsureRefs = append(unsureRefs, ref)
			continue
		}
		if s.isolates {
			isolated = true
			sure = append(sure, ref)
		}
		t.allowing(t.n.policies[ref.policy])
	}
	for _, ref := range unsureRefs {
		t.perhapsIsolating(ref)
	}
	if !denies {
		t.fromNode()
	}
	for _, ref := range sure {
		t.isolates(ref, t.now&next != 0 && before&next != 0)
	}
	if isolated {
		t.now = t.now.meet(denied)
	}
}

// fromNode lets through what the node of a pod always may.
func (t *trace) fromNode() {
	if !t.n.nodeMembers.has(t.member) {
		return
	}
	if t.now&next != 0 {
		t.reasons = append(t.reasons, Reason{
			Tier: NetworkPolicyTier, Rule: -1, Effect: LeftOpen, Decides: true,
			Text: fmt.Sprintf("%s is in the network of its node, which always reaches the pods on it and is reached by them", t.peer),
		})
	}
	t.now = t.now.meet(allowed | next | open)
}

func (t *trace) isolates(ref reference, decides bool) {
	p := t.n.policies[ref.policy]
	t.reasons = append(t.reasons, Reason{
		Tier: NetworkPolicyTier, Policy: p.object, Rule: -1, Effect: Isolates, Decides: decides,
		Text:     fmt.Sprintf("selects %s for %s, so that what no rule allows is denied", t.subject, t.program.direction),
		Evidence: t.subjectEvidence(p),
	})
	t.mismatches(p)
}

// allowing writes down every rule of a policy that allows: each is enough.
func (t *trace) allowing(p *policy) {
	rules := p.sides[t.program.direction].rules
	for i := range rules {
		if rules[i].action == denied {
			continue
		}
		if result := t.hit(p, &rules[i]); result != next {
			t.reasons = append(t.reasons, t.ruleReason(Reason{Tier: NetworkPolicyTier, Policy: p.object}, p, &rules[i], result))
			t.now = t.now.meet(result)
		}
	}
}

// denials writes down every rule that denies.
func (t *trace) denials(refs []reference) {
	for _, ref := range refs {
		p := t.n.policies[ref.policy]
		rules := p.sides[t.program.direction].rules
		for i := range rules {
			if rules[i].action != denied {
				continue
			}
			result := t.hit(p, &rules[i])
			if result == next {
				continue
			}
			if ref.maybe {
				result = result.perhaps(unsure)
			}
			t.reasons = append(t.reasons, t.ruleReason(Reason{Tier: NetworkPolicyTier, Policy: p.object}, p, &rules[i], result))
			t.now = t.now.meet(result)
		}
	}
}

// oneByOne asks the policies of a stage in their order.
func (t *trace) oneByOne(refs []reference) {
	t.fromNode()
	before := t.now
	isolated, perhaps, rest := false, false, denied
	for at := 0; at < len(refs) && t.now&next != 0; {
		count := 1
		for at+count < len(refs) && t.n.turn(refs[at+count]).compare(t.n.turn(refs[at])) == 0 {
			count++
		}
		t.now = t.now.meet(t.equals(refs[at : at+count]))
		at += count
	}
	for _, ref := range refs {
		sure := !ref.maybe && !t.n.policies[ref.policy].sides[t.program.direction].wild
		isolated, perhaps = isolated || sure, perhaps || !sure
		if t.n.turn(ref).passes {
			rest = passed
		}
		if sure && rest == denied {
			t.isolates(ref, t.now&next != 0 && before&next != 0)
		}
	}
	switch {
	case isolated:
		t.now = t.now.meet(rest)
	case perhaps:
		t.now = t.now.meet(next | rest | unsure)
	}
}

// equals is what policies of one order say.
func (t *trace) equals(refs []reference) outcome {
	first, group := len(t.reasons), outcome(0)
	for len(refs) > 0 {
		own, scope, count := next, t.n.policies[refs[0].policy].scope, 0
		for ; count < len(refs) && t.n.policies[refs[count].policy].scope == scope; count++ {
			if own&next != 0 {
				own = own.meet(t.alone(refs[count]))
			}
		}
		if group == 0 {
			group = own
		} else {
			group = t.either(first, group, own)
		}
		refs = refs[count:]
	}
	return group
}

// elsewhere reports whether a rule perhaps means the port since other pods call theirs
// by the name.
func (t *trace) elsewhere(r *rule) bool {
	if !r.anywhere || t.program.direction != Egress {
		return false
	}
	for i := range r.named {
		for _, named := range t.n.namedPorts[r.named[i].name] {
			if t.inPorts(named.ranges(&r.named[i])) {
				return true
			}
		}
	}
	return false
}
