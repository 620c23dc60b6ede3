package netpol

import (
	"fmt"
	"slices"
	"strings"
)

// mismatchLimit: of a rule with more peers or ports the rest is counted.
const mismatchLimit = 3

// mismatches says of each rule of a policy that says nothing of the connection why.
func (t *trace) mismatches(p *policy) {
	rules := p.sides[t.program.direction].rules
	for i := range rules {
		if r := &rules[i]; t.hit(p, r) == next {
			t.reasons = append(t.reasons, t.mismatch(Reason{Tier: p.tier, Priority: max(0, p.priority), Policy: p.object}, p, r))
		}
	}
}

// mismatch says why a rule says nothing of the connection: its ports, its peers, or
// both are others.
func (t *trace) mismatch(base Reason, p *policy, r *rule) Reason {
	base.Rule, base.Effect, base.Decides = r.index, NoMatch, false
	base.Evidence = t.evidence(p, r.path, "")
	var why []string
	if r.strange != "" || !t.inPorts(t.n.resolve(r, t.ports)) {
		why = append(why, fmt.Sprintf("is about %s, not %s", r.portTexts(), portText(t.port)))
	}
	if m := t.n.match(p, r); !m.yes.has(t.member) && !m.unsure.has(t.member) && !m.open.has(t.member) {
		why = append(why, fmt.Sprintf("means %s, not %s", r.peerTexts(), t.peer))
	}
	base.Text = fmt.Sprintf("%s rule %d %s", t.program.direction, r.index, strings.Join(why, " and "))
	return base
}

func (r *rule) peerTexts() string {
	if len(r.peers) == 0 {
		return "nobody"
	}
	texts := make([]string, 0, mismatchLimit)
	for i := range r.peers[:min(len(r.peers), mismatchLimit)] {
		texts = append(texts, r.peers[i].String())
	}
	return listed(texts, len(r.peers))
}

// portTexts renders the ports of a rule: numbers first, then names.
func (r *rule) portTexts() string {
	var texts []string
	for _, ports := range r.ports {
		from := ports.from
		if uint16(from) == 0 { // there is no port 0: it is counted to 1
			from++
		}
		text := portText(from)
		if ports.to != from {
			text += fmt.Sprintf("-%d", uint16(ports.to))
		}
		texts = append(texts, text)
	}
	for _, named := range r.named {
		text := named.name
		if !named.anyProtocol {
			text = named.protocol.String() + "/" + text
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return "no port"
	}
	texts = slices.Compact(texts)
	return listed(texts[:min(len(texts), mismatchLimit)], len(texts))
}

func listed(texts []string, total int) string {
	text := strings.Join(texts, ", ")
	if more := total - len(texts); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
