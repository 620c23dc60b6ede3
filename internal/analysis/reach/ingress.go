package reach

import (
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
)

// door is a way through an Ingress, a Gateway or a Route to a port of a workload.
type door struct {
	Connection
	path  *exposure.Path
	layer *exposure.PolicyLayer
	seen  exposure.Passage
}

// doors lists the ways from IngressController, by destination and port. Of several to
// one port each is a door; the connection of the first says what all of them allow.
func doors(v *snapshot.View, policies *netpol.Network) []door {
	aside := v.Snapshot().View()
	model := exposure.Of(aside, "")
	for _, scope := range aside.Missing() {
		if v.Settings().Live || v.Unread(scope) { // files rarely hold every kind
			v.Complete(scope)
		}
	}
	if !slices.ContainsFunc(model.Paths, func(p exposure.Path) bool { return p.Way.Proxied() }) {
		return nil
	}
	layer, ends := exposure.NewPolicyLayer(policies), netpol.IndexEnds(policies.Ends())
	var list []door
	for i := range model.Paths {
		p := &model.Paths[i]
		if !p.Way.Proxied() || p.Target.Workload == nil {
			continue
		}
		passage := layer.Inbound(p)
		for _, end := range ends.Of(p.Target.Workload.Object) {
			list = append(list, door{Connection: doorTo(end, p, &passage), path: p, layer: layer, seen: passage})
		}
	}
	slices.SortStableFunc(list, func(a, b door) int { return a.compare(&b) })
	return list
}

func doorTo(end *netpol.End, p *exposure.Path, passage *exposure.Passage) Connection {
	c := Connection{Src: Peer{Ingress: true}, Dst: Peer{Peer: netpol.Of(end)}, From: uint16(p.Target.Port), To: uint16(p.Target.Port), Verdict: ofPolicies(passage.Verdict)}
	c.Protocol, _ = netpol.ParseProtocol(string(p.Target.Protocol))
	if c.From == 0 { // any that a process listens on
		c.From, c.To, c.Verdict = 1, MostPorts, Unknown
	}
	if p.Possible && c.Verdict != Denied {
		c.Verdict = Unknown
	}
	return c
}

func (d *door) compare(other *door) int {
	a := Ports{Protocol: d.Protocol, From: d.From, To: d.To}
	if n := d.Dst.Compare(other.Dst); n != 0 {
		return n
	}
	return a.compare(Ports{Protocol: other.Protocol, From: other.From, To: other.To})
}

// inboundOf joins the doors to one port: one that is open is enough. Where it is not
// known which port a door leads to, it is every port that no other door leads to.
func inboundOf(list []door) []Connection {
	var joined []Connection
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Dst == list[0].Dst && list[n].Protocol == list[0].Protocol {
			n++
		}
		joined = append(joined, portsOf(list[:n])...)
		list = list[n:]
	}
	return joined
}

// portsOf are the connections by the doors to one destination over one protocol.
func portsOf(list []door) []Connection {
	states := map[uint16]Verdict{}
	rest := Denied
	for i := range list {
		c := &list[i].Connection
		if c.From != c.To {
			rest = surest(rest, c.Verdict)
			continue
		}
		known, ok := states[c.From]
		if !ok {
			known = Denied
		}
		states[c.From] = surest(known, c.Verdict)
	}
	base := list[0].Connection
	var joined []Connection
	add := func(from, to int, verdict Verdict) {
		if from <= to && verdict != Denied {
			base.From, base.To, base.Verdict = uint16(from), uint16(to), verdict
			joined = append(joined, base)
		}
	}
	next := 1
	for _, port := range slices.Sorted(maps.Keys(states)) {
		add(next, int(port)-1, rest)
		add(int(port), int(port), surest(states[port], rest))
		next = int(port) + 1
	}
	add(next, MostPorts, rest)
	return joined
}

// surest is the verdict of two doors of which a client takes the better one.
func surest(a, b Verdict) Verdict {
	for _, v := range []Verdict{Allowed, Unknown, Conditional, Undefined} {
		if a == v || b == v {
			return v
		}
	}
	return Denied
}

// explainIngress explains what IngressController can open to a port.
func (n *Network) explainIngress(dst Peer, port netpol.NamedPort, ports Ports) Explanation {
	side := Side{Side: netpol.Side{Direction: netpol.Ingress}, Src: Peer{Ingress: true}, Dst: dst, Port: port}
	verdict := Denied
	for i := range n.doors {
		d := &n.doors[i]
		if d.Dst != dst || d.Protocol != port.Protocol || port.Port < d.From || port.Port > d.To {
			continue
		}
		verdict = surest(verdict, d.Verdict)
		text := fmt.Sprintf("%s leads here, over %s", d.path.Entry.ID, d.path.Way)
		if d.seen.Note != "" {
			text += ": " + d.seen.Note
		}
		effect := netpol.Perhaps
		if d.Verdict == Allowed || d.Verdict == Denied {
			effect = netpol.Passes // policies decide
		}
		deciders := d.layer.Deciders(&d.seen)
		alone := effect == netpol.Perhaps || len(deciders) == 0
		side.Reasons = append(side.Reasons, netpol.Reason{Tier: netpol.Beyond, Rule: -1, Effect: effect, Decides: alone, Text: text, Evidence: d.path.Evidence})
		side.Reasons = append(side.Reasons, deciders...)
	}
	if len(side.Reasons) == 0 {
		side.Reasons = []netpol.Reason{{Tier: netpol.Beyond, Rule: -1, Effect: netpol.Denies, Decides: true, Text: "no Ingress, Gateway or Route leads there"}}
	}
	side.Verdict = toPolicies(verdict)
	ports.Verdict = verdict
	return Explanation{Src: Peer{Ingress: true}, Dst: dst, Ports: Access{ports}, Asked: port, Verdict: verdict, Sides: []Side{side}}
}

func toPolicies(v Verdict) netpol.Verdict {
	switch v {
	case Denied:
		return netpol.Denied
	case Allowed:
		return netpol.Allowed
	case Undefined:
		return netpol.Undefined
	default:
		return netpol.Unknown
	}
}
