package reach

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
)

// door is a way through an Ingress, a Gateway or a Route to a port of a workload.
type door struct {
	Connection
	entrance exposure.Entrance
	layer    *exposure.PolicyLayer
}

// doors lists the ways from IngressController, by destination and port, and why there may
// be more. Of several to one port each is a door; the connection of the first says what
// all of them allow.
func doors(v *snapshot.View, policies *netpol.Network) (list []door, unread string) {
	aside := v.Snapshot().View()
	model := exposure.Of(aside, "")
	for _, scope := range aside.Missing() {
		if v.Settings().Live || v.Unread(scope) { // files rarely hold every kind
			v.Complete(scope)
		}
	}
	if !slices.ContainsFunc(model.Paths, func(p exposure.Path) bool { return p.Way.Proxied() }) {
		return nil, model.Unread()
	}
	layer, ends := exposure.NewPolicyLayer(policies), netpol.IndexEnds(policies.Ends())
	meshes := exposure.Meshes(v, layer)
	for i := range model.Paths {
		p := &model.Paths[i]
		if !p.Way.Proxied() || p.Target.Workload == nil {
			continue
		}
		entrance := exposure.Enter(p, layer, meshes)
		for _, end := range ends.Of(p.Target.Workload.Object) {
			list = append(list, door{Connection: doorTo(end, &entrance), entrance: entrance, layer: layer})
		}
	}
	slices.SortStableFunc(list, func(a, b door) int { return a.compare(&b) })
	return list, model.Unread()
}

// perhapsInbound adds what doors that were not read may lead to: every port of every
// workload of which no door is known to be open.
func perhapsInbound(known []Connection, ends []*netpol.End) []Connection {
	type target struct {
		dst      Peer
		protocol netpol.Protocol
	}
	open := map[target][]Connection{}
	for _, c := range known {
		if at := (target{c.Dst, c.Protocol}); c.Verdict == Allowed {
			open[at] = append(open[at], c)
		}
	}
	var list []Connection
	for _, end := range ends {
		for _, protocol := range netpol.Protocols() {
			dst := Peer{Peer: netpol.Of(end)}
			next := 1
			add := func(to int) {
				if next <= to {
					list = append(list, Connection{Src: Peer{Ingress: true}, Dst: dst, Protocol: protocol, From: uint16(next), To: uint16(to), Verdict: Unknown})
				}
			}
			for _, c := range open[target{dst, protocol}] {
				add(int(c.From) - 1)
				list = append(list, c)
				next = int(c.To) + 1
			}
			add(MostPorts)
		}
	}
	return list
}

func doorTo(end *netpol.End, e *exposure.Entrance) Connection {
	c := Connection{Src: Peer{Ingress: true}, Dst: Peer{Peer: netpol.Of(end)}, From: uint16(e.Target.Port), To: uint16(e.Target.Port), Verdict: ofPolicies(e.Passage.Verdict)}
	c.Protocol, _ = netpol.ParseProtocol(string(e.Target.Protocol))
	if e.Mesh != nil {
		c.Verdict, c.Condition = ofMesh(e.Mesh.Access), e.Mesh.Condition
	}
	if c.From == 0 { // any that a process listens on
		c.From, c.To, c.Verdict = 1, MostPorts, Unknown
	}
	if e.Possible && c.Verdict != Denied {
		c.Verdict, c.Condition = Unknown, ""
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
	states := map[uint16]State{}
	rest := State{Verdict: Denied}
	for i := range list {
		c := &list[i].Connection
		state := State{c.Verdict, c.Condition}
		if c.From != c.To {
			rest = surest(rest, state)
			continue
		}
		known, ok := states[c.From]
		if !ok {
			known = State{Verdict: Denied}
		}
		states[c.From] = surest(known, state)
	}
	base := list[0].Connection
	var joined []Connection
	add := func(from, to int, state State) {
		if from <= to && state.Verdict != Denied {
			base.From, base.To, base.Verdict, base.Condition = uint16(from), uint16(to), state.Verdict, state.Condition
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

// surest is the state of two doors of which a client takes the better one.
func surest(a, b State) State {
	if a.Verdict == Conditional && b.Verdict == Conditional && a.Condition != b.Condition {
		first, second := min(a.Condition, b.Condition), max(a.Condition, b.Condition)
		return State{Conditional, "(" + first + ") or (" + second + ")"}
	}
	for _, v := range []Verdict{Allowed, Unknown, Conditional, Undefined} {
		switch v {
		case a.Verdict:
			return a
		case b.Verdict:
			return b
		}
	}
	return State{Verdict: Denied}
}

// explainIngress explains what IngressController can open to a port.
func (n *Network) explainIngress(dst Peer, port netpol.NamedPort, ports Ports) Explanation {
	x := Explanation{Src: Peer{Ingress: true}, Dst: dst, Asked: port, Verdict: Denied}
	side := Side{Side: netpol.Side{Direction: netpol.Ingress}, Src: x.Src, Dst: dst, Port: port}
	passed := State{Verdict: Denied}
	for i := range n.doors {
		d := &n.doors[i]
		if d.Dst != dst || d.Protocol != port.Protocol || port.Port < d.From || port.Port > d.To {
			continue
		}
		before := State{x.Verdict, x.Condition}
		state := surest(before, State{d.Verdict, d.Condition})
		if state != before || x.Mesh == nil {
			x.Mesh = d.entrance.Mesh
		}
		x.Verdict, x.Condition = state.Verdict, state.Condition
		passed = surest(passed, State{Verdict: ofPolicies(d.entrance.Passage.Verdict)})
		for _, reason := range d.reasons() {
			told := func(other netpol.Reason) bool { return reflect.DeepEqual(reason, other) }
			if !slices.ContainsFunc(side.Reasons, told) { // of one door that many URLs lead to
				side.Reasons = append(side.Reasons, reason)
			}
		}
	}
	if n.unread != "" {
		state := surest(State{x.Verdict, x.Condition}, State{Verdict: Unknown})
		x.Verdict, x.Condition = state.Verdict, state.Condition
		passed = surest(passed, State{Verdict: Unknown})
		side.Reasons = append(side.Reasons, netpol.Reason{Tier: netpol.Beyond, Rule: -1, Effect: netpol.Perhaps, Decides: x.Verdict == Unknown, Text: n.unread + ": what leads there is not known"})
	} else if len(side.Reasons) == 0 {
		side.Reasons = []netpol.Reason{{Tier: netpol.Beyond, Rule: -1, Effect: netpol.Denies, Decides: true, Text: "no Ingress, Gateway or Route leads there"}}
	}
	side.Verdict = toPolicies(passed.Verdict)
	ports.Verdict, ports.Condition = x.Verdict, x.Condition
	x.Ports, x.Sides = Access{ports}, []Side{side}
	return x
}

// reasons are what opens a door, and the policies that decide about it.
func (d *door) reasons() []netpol.Reason {
	e := &d.entrance
	text := fmt.Sprintf("%s leads here, over %s", e.Entry.ID, e.Way)
	if e.Passage.Note != "" {
		text += ": " + e.Passage.Note
	}
	effect := netpol.Perhaps
	if v := e.Passage.Verdict; !e.Possible && (v == netpol.Allowed || v == netpol.Denied) {
		effect = netpol.Passes // policies decide
	}
	deciders := d.layer.Deciders(&e.Passage)
	alone := effect == netpol.Perhaps || len(deciders) == 0
	return append([]netpol.Reason{{Tier: netpol.Beyond, Rule: -1, Effect: effect, Decides: alone, Text: text, Evidence: e.Evidence}}, deciders...)
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
