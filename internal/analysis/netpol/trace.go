package netpol

import (
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// trace asks the policies of one side about one connection, as compute does for all,
// and writes down what each says.
type trace struct {
	n       *Network
	program *program
	subject Peer
	peer    Peer
	member  int // of the peer
	ports   []NamedPort
	port    uint32
	now     outcome
	reasons []Reason
}

// run goes through the tiers. The lock of the Network is held.
func (t *trace) run() Side {
	t.now = next
	t.admin(AdminTier)
	t.now = t.now.leave()
	t.networkPolicies()
	t.admin(BaselineTier)
	t.now = t.now.leave()
	if t.now&next != 0 {
		t.reasons = append(t.reasons, Reason{
			Tier: DefaultTier, Rule: -1, Effect: Allows, Decides: true,
			Text: fmt.Sprintf("what no policy decides is allowed: %s of %s", t.program.direction, t.subject),
		})
	}
	return Side{Direction: t.program.direction, Verdict: t.now.verdict(), Reasons: t.reasons}
}

// refs lists the policies of a tier that select the subject.
func (t *trace) refs(tier Tier) []reference {
	return slices.DeleteFunc(slices.Clone(t.program.refs), func(r reference) bool { return t.n.policies[r.policy].tier != tier })
}

// admin asks the policies of a tier by priority, see inOrder and baseline.
func (t *trace) admin(tier Tier) {
	refs := t.refs(tier)
	if t.now&next == 0 || len(refs) == 0 {
		return
	}
	alone := func(r reference) bool { return t.n.policies[r.policy].alone }
	if tier != BaselineTier || len(refs) == 1 || !slices.ContainsFunc(refs, alone) {
		t.now = t.now.meet(t.inOrder(refs))
		return
	}
	at := slices.IndexFunc(refs, alone)
	first := len(t.reasons)
	own := t.alone(refs[at])
	others := t.inOrder(slices.DeleteFunc(refs, alone))
	t.now = t.now.meet(t.either(first, own, others))
}

// inOrder is what policies say together from where nothing is decided.
func (t *trace) inOrder(refs []reference) outcome {
	now := next
	for len(refs) > 0 && now&next != 0 {
		first := len(t.reasons)
		priority := t.n.policies[refs[0].policy].priority
		group := t.alone(refs[0])
		for refs = refs[1:]; len(refs) > 0 && t.n.policies[refs[0].policy].priority == priority; refs = refs[1:] {
			group = t.either(first, group, t.alone(refs[0]))
		}
		now = now.meet(group)
	}
	return now
}

// either combines what two policies say of which a plugin may ask any. Where they
// differ, also those that pass on are part of the reason.
func (t *trace) either(first int, a, b outcome) outcome {
	both := a.either(b)
	if both&open != 0 {
		for i := first; i < len(t.reasons); i++ {
			t.reasons[i].Decides = t.reasons[i].Decides || t.reasons[i].Effect == Passes
		}
	}
	return both
}

// alone is what one policy says when it is the first to be asked.
func (t *trace) alone(ref reference) outcome {
	p := t.n.policies[ref.policy]
	s := p.sides[t.program.direction]
	base := Reason{Tier: p.tier, Priority: max(0, p.priority), Policy: p.object, Rule: -1}
	if s.wild {
		base.Effect, base.Decides, base.Text = Perhaps, true, t.wildText(p)
		base.Evidence = t.evidence(p, p.path, p.problem)
		t.reasons = append(t.reasons, base)
		return anything(p.tier).perhaps(unsure)
	}
	own, before := next, len(t.reasons)
	for i := range s.rules {
		r := &s.rules[i]
		result := t.hit(p, r)
		if own&next == 0 {
			continue
		}
		if result == next {
			t.reasons = append(t.reasons, t.mismatch(base, p, r))
			continue
		}
		own = own.meet(result)
		t.reasons = append(t.reasons, t.ruleReason(base, p, r, result))
	}
	if ref.maybe && own != next {
		own = own.perhaps(unsure)
		for i := before; i < len(t.reasons); i++ {
			if t.reasons[i].Effect == NoMatch {
				continue
			}
			t.reasons[i].Effect = Perhaps
			t.reasons[i].Text += ", if the policy selects " + t.subject.String() + ": not all labels of it or of its namespace are known"
		}
	}
	if len(t.reasons) == before {
		base.Text = fmt.Sprintf("selects %s; no %s rule matches %s", t.subject, t.program.direction, t.asked())
		base.Evidence = t.subjectEvidence(p)
		t.reasons = append(t.reasons, base)
	}
	return own
}

// hit is what a rule makes of the connection if nothing is decided yet; next where it
// says nothing.
func (t *trace) hit(p *policy, r *rule) outcome {
	m := t.n.match(p, r)
	if r.strange != "" {
		switch {
		case r.action != allowed:
			return next | r.action | denied | unsure
		case len(r.named) > 0 || t.inPorts(r.ports):
			return next | allowed | unsure
		}
		return next
	}
	meant := m.yes.has(t.member) || m.unsure.has(t.member) || m.open.has(t.member)
	here := t.inPorts(t.n.resolve(r, t.ports))
	switch {
	case meant && (here && r.perhaps || !here && t.elsewhere(r)):
		return r.action | next | unsure
	case !here:
		return next
	case m.yes.has(t.member):
		return r.action
	case m.unsure.has(t.member):
		return r.action | next | unsure
	case m.open.has(t.member):
		return r.action | next | open
	}
	return next
}

func (t *trace) inPorts(ranges []portRange) bool {
	return slices.ContainsFunc(ranges, func(r portRange) bool { return r.from <= t.port && t.port <= r.to })
}

// perhapsIsolating asks a policy of which it is not known whether it selects the pod, or
// what it says.
func (t *trace) perhapsIsolating(ref reference) {
	p := t.n.policies[ref.policy]
	contributes := t.now&next != 0
	var own outcome
	if p.sides[t.program.direction].wild {
		own = anything(p.tier).meet(denied).perhaps(unsure)
		t.reasons = append(t.reasons, Reason{
			Tier: p.tier, Policy: p.object, Rule: -1, Effect: Perhaps, Decides: contributes,
			Text: t.wildText(p), Evidence: t.evidence(p, p.path, p.problem),
		})
		t.now = t.now.meet(own)
		return
	}
	own = next
	s := p.sides[t.program.direction]
	for i := range s.rules {
		if s.rules[i].action != denied {
			own = own.meet(t.hit(p, &s.rules[i]))
		}
	}
	if s.isolates {
		own = own.meet(denied)
	}
	own = own.perhaps(unsure)
	effect := "would deny it"
	if own&allowed != 0 {
		effect = "would allow it"
	}
	t.reasons = append(t.reasons, Reason{
		Tier: p.tier, Policy: p.object, Rule: -1, Effect: Perhaps, Decides: contributes,
		Text:     fmt.Sprintf("perhaps selects %s, and %s: not all labels of it or of its namespace are known", t.subject, effect),
		Evidence: t.subjectEvidence(p),
	})
	t.now = t.now.meet(own)
}

func (t *trace) asked() string {
	return fmt.Sprintf("%s, %s", t.peer, portText(t.port))
}

func portText(port uint32) string {
	return fmt.Sprintf("%s/%d", Protocol(port>>portBits), uint16(port))
}

func (t *trace) wildText(p *policy) string {
	if p.object == nil {
		return p.problem + ": a policy there may decide this"
	}
	return fmt.Sprintf("%s is not evaluated: %s", p.object.ID, p.problem)
}

func (t *trace) evidence(p *policy, path model.Path, value string) []model.Evidence {
	if p.object == nil {
		return nil
	}
	return []model.Evidence{p.object.Evidence(path, value)}
}

// subjectEvidence is where a policy says which pods it is about.
func (t *trace) subjectEvidence(p *policy) []model.Evidence {
	path := model.Path("spec.subject")
	switch {
	case p.subject.where != nil:
		path = "spec"
	case p.tier == NetworkPolicyTier:
		path = "spec.podSelector"
	}
	return t.evidence(p, path, p.subject.String())
}

// ruleReason says what a rule does to the connection, and through which of its peers.
func (t *trace) ruleReason(base Reason, p *policy, r *rule, result outcome) Reason {
	base.Rule, base.Decides = r.index, result&decisions != passed
	base.Effect = map[outcome]Effect{allowed: Allows, denied: Denies, passed: Passes}[r.action]
	base.Text = fmt.Sprintf("%s rule %d %s %s", t.program.direction, r.index, base.Effect, t.asked())
	path, value := r.path, "all peers"
	for i := range r.peers {
		m := &matched{}
		if r.strange != "" {
			break
		}
		t.n.matchPeer(m, p, &r.peers[i])
		if m.yes.has(t.member) || m.unsure.has(t.member) || m.open.has(t.member) {
			path, value = r.peers[i].path, r.peers[i].String()
			break
		}
	}
	switch {
	case r.strange != "":
		base.Effect, base.Decides = Perhaps, true
		path, value = model.Path(r.strange), "a kind of peer that is not known"
		base.Text = fmt.Sprintf("%s rule %d has a peer of a kind that is not known; who does not know it either has to take the rule as %s",
			t.program.direction, r.index, map[bool]string{true: "matching nothing", false: "\"Deny all\""}[r.action == allowed])
	case r.perhaps:
		base.Effect, base.Decides = Perhaps, true
		base.Text += ", if it means it: not all of the rule is understood"
	case result&unsure != 0:
		base.Effect, base.Decides = Perhaps, true
		base.Text += ", if it means it: what it is labelled with, or which addresses it has or uses, is not known"
	case result&open != 0:
		base.Effect, base.Decides = LeftOpen, true
		base.Text += ", if the network plugin lets an ipBlock mean pods"
	}
	base.Evidence = t.evidence(p, path, value)
	return base
}

// String renders the peer for people.
func (p *peer) String() string {
	switch {
	case p.pods != nil:
		return p.pods.String()
	case p.plugin != nil:
		return p.plugin.String()
	case p.nodes != nil:
		return "nodes with " + p.nodes.String()
	case len(p.domains) > 0:
		return fmt.Sprint("addresses of ", p.domains)
	}
	return blocksText(p.blocks)
}

func blocksText(blocks []block) string {
	texts := make([]string, len(blocks))
	for i := range blocks {
		texts[i] = blocks[i].String()
	}
	return strings.Join(texts, ", ")
}
