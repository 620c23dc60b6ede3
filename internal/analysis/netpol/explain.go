package netpol

import (
	"fmt"

	"holdfast.dev/holdfast/internal/snapshot"
)

// Explain decides one connection and says what the verdict rests on. A Peer that is a
// Range is asked by its first address.
func (n *Network) Explain(src, dst Peer, protocol Protocol, port uint16) Explanation {
	e := Explanation{
		Connection: Connection{Src: src, Dst: dst, Protocol: protocol, From: port, To: port},
		Verdict:    n.Verdict(src, dst, protocol, port),
	}
	e.Connection.Verdict = e.Verdict
	from, ok := n.placeOf(src)
	to, ok2 := n.placeOf(dst)
	switch {
	case !ok || !ok2 || from.class < 0 && to.class < 0:
		return e
	case src.End != nil && src.End == dst.End && !src.End.Replicated:
		e.Sides = []Side{{Verdict: Allowed, Reasons: []Reason{{Tier: Beyond, Rule: -1, Effect: Allows, Decides: true, Text: "a pod always reaches itself"}}}}
		return e
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	at := linear(protocol, port)
	if from.class >= 0 {
		e.Sides = append(e.Sides, n.explainSide(Egress, src, dst, from, to, at))
	}
	if to.class >= 0 {
		e.Sides = append(e.Sides, n.explainSide(Ingress, dst, src, to, from, at))
	}
	for i := range e.Sides {
		if e.Sides[i].Verdict == Allowed && e.Verdict != Allowed {
			continue // the other side stands in the way
		}
		e.Remedies = append(e.Remedies, remedies(&e, &e.Sides[i])...)
	}
	return e
}

// explainSide explains one side. Where pods in the host network can be seen in two ways, it
// explains them as any other pods, and says what follows if they are not.
func (n *Network) explainSide(d Direction, subject, peer Peer, at, other place, port uint32) Side {
	worlds := n.worlds(at, other)
	side := n.trace(d, worlds[0], subject, peer, at, other, port).run()
	for _, asNode := range worlds[1:] {
		second := n.trace(d, asNode, subject, peer, at, other, port).run()
		if second.Verdict == side.Verdict {
			continue
		}
		host := subject
		if other.node != other.member {
			host = peer
		}
		text := fmt.Sprintf("%s is in the network of its node: a plugin that does not tell it from the node makes this %s", host, second.Verdict)
		if second.Verdict == Undefined {
			text = fmt.Sprintf("%s is in the network of its node, which always reaches the pods on it and is reached by them, whatever policies say", host)
		}
		side.Reasons = append(side.Reasons, Reason{Tier: NetworkPolicyTier, Rule: -1, Effect: LeftOpen, Decides: true, Text: text})
		side.Verdict = side.Verdict.agree(second.Verdict)
	}
	return side
}

func (n *Network) trace(d Direction, asNode bool, subject, peer Peer, at, other place, port uint32) *trace {
	t := &trace{n: n, program: n.programs[d][at.class], subject: subject, peer: peer, member: other.member, port: port}
	dst := other
	if d == Ingress {
		dst = at
	}
	if asNode {
		t.member = other.node
		if p := n.asNode[d][at.class]; p != nil {
			t.program = p
		}
	}
	// Ports have names where the destination is seen as a pod.
	if dst.class >= 0 && (!asNode || dst.node == dst.member) {
		t.ports = n.classes[dst.class].ports
	}
	return t
}

// remedies says after which change a side would say something else.
func remedies(e *Explanation, s *Side) []Remedy {
	var list []Remedy
	add := func(policy *snapshot.Object, format string, args ...any) {
		list = append(list, Remedy{Direction: s.Direction, Policy: policy, Text: fmt.Sprintf(format, args...)})
	}
	subject, peer, preposition := e.Connection.Dst, e.Connection.Src, "from"
	if s.Direction == Egress {
		subject, peer, preposition = peer, subject, "to"
	}
	port := portText(linear(e.Connection.Protocol, e.Connection.From))
	for i := range s.Reasons {
		r := &s.Reasons[i]
		if !r.Decides {
			continue
		}
		switch {
		case r.Effect == Isolates:
			add(r.Policy, "denied unless an %s rule of this or of another NetworkPolicy that selects %s allows %s %s %s", s.Direction, subject, port, preposition, peer)
		case r.Effect == Denies:
			add(r.Policy, "denied unless %s rule %d no longer means it, or a rule that is asked before lets it through", s.Direction, r.Rule)
		case r.Effect == Allows && r.Tier == DefaultTier && s.Verdict != Denied:
			add(nil, "allowed until a NetworkPolicy that selects %s for %s leaves out %s %s %s", subject, s.Direction, port, preposition, peer)
		case r.Effect == Allows && r.Tier == NetworkPolicyTier:
			add(r.Policy, "allowed until %s rule %d, and every other rule that allows it, no longer means it", s.Direction, r.Rule)
		case r.Effect == Allows && r.Policy != nil:
			add(r.Policy, "allowed until %s rule %d no longer means it, or a rule that is asked before denies it", s.Direction, r.Rule)
		case r.Effect == Perhaps && r.Policy != nil:
			add(r.Policy, "unknown until what is missing is supplied or repaired: %s", r.Text)
		}
	}
	if s.Verdict == Undefined && conflict(s) {
		add(nil, "undefined until the policies that differ have different priorities")
	}
	return list
}

// conflict reports whether two policies of one tier decide differently.
func conflict(s *Side) bool {
	for i := range s.Reasons {
		for j := range i {
			a, b := &s.Reasons[i], &s.Reasons[j]
			if a.Decides && b.Decides && a.Tier == b.Tier && a.Tier != NetworkPolicyTier && a.Policy != b.Policy && a.Effect != b.Effect {
				return true
			}
		}
	}
	return false
}
