package reach

import (
	"slices"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Explanation is why a connection has its verdict. Ports are all that are treated
// alike, and Asked one of them, which Sides and Mesh are about.
type Explanation struct {
	Src, Dst  Peer
	Ports     Access // of one verdict
	Asked     netpol.NamedPort
	Rest      bool // all ports of the pair that no other Explanation is about
	Verdict   Verdict
	Condition string // of a Conditional verdict: what a request must fulfil
	Sides     []Side
	Mesh      *mesh.Verdict // what a mesh says, joined with Sides; nil where none has a say
	Remedies  []Remedy      // of what the verdict rests on
}

// Side is what policies say at one end of a connection on the wire. That is the one
// that was asked about, or where a mesh carries it in a tunnel, one of those that the
// tunnel needs.
type Side struct {
	netpol.Side
	Src, Dst Peer
	Port     netpol.NamedPort
}

// Remedy is a change after which the verdict would be another one.
type Remedy struct {
	Layer  string           // "egress", "ingress" or "mesh"
	Object *snapshot.Object // that would change; nil for a new one
	Text   string
}

// Explain explains a connection over each of the ports, or with none over all: then
// ports that have one verdict for the same reasons are explained together. A range of
// addresses is parted where it is not treated alike. Of each pair the explanation of
// most ports comes last.
func (n *Network) Explain(src, dst Peer, ports []netpol.NamedPort) []Explanation {
	var list []Explanation
	for _, part := range n.parts(src, dst) {
		if len(ports) > 0 {
			for _, port := range ports {
				list = append(list, n.explain(part, port, Ports{Protocol: port.Protocol, From: port.Port, To: port.Port}))
			}
			continue
		}
		var all []Explanation
		for _, p := range whole(part.access) {
			x := n.explain(part, asked(p, part.dst), p)
			if same := slices.IndexFunc(all, func(y Explanation) bool { return y.alike(&x) }); same >= 0 {
				all[same].Ports = append(all[same].Ports, x.Ports...)
			} else {
				all = append(all, x)
			}
		}
		list = append(list, restLast(all)...)
	}
	return list
}

// restLast moves the explanation of most ports behind the others of a pair.
func restLast(all []Explanation) []Explanation {
	most := 0
	for i := range all {
		if all[i].Ports.count() > all[most].Ports.count() {
			most = i
		}
	}
	rest := all[most]
	rest.Rest = len(all) > 1
	return append(slices.Delete(all, most, most+1), rest)
}

// count is the number of ports.
func (a Access) count() int {
	count := 0
	for _, p := range a {
		count += int(p.To) - int(p.From) + 1
	}
	return count
}

func (n *Network) explain(p part, port netpol.NamedPort, ports Ports) Explanation {
	if p.src.Ingress {
		return n.explainIngress(p.dst, port, ports)
	}
	x := Explanation{Src: p.src, Dst: p.dst, Asked: port}
	wire := []Side{{Src: p.src, Dst: p.dst, Port: port}}
	itself := p.src.End != nil && p.src.End == p.dst.End && !p.src.End.Replicated // which no layer sees
	if port.Protocol == netpol.TCP && n.mesh.has(p.dst) && !itself {
		found := n.mesh.verdict(p.src, p.dst, port.Port, n.tcp(p))
		x.Mesh, x.Verdict, x.Condition = &found, ofMesh(found.Access), found.Condition
		wire = n.onWire(p, port, found.Ways)
	}
	for i := range wire {
		verdict := n.explainWire(&x, &wire[i])
		if x.Mesh == nil {
			x.Verdict = verdict
		}
	}
	if x.Mesh != nil {
		x.Remedies = append(x.Remedies, n.mesh.remedies(p, port.Port, x.Verdict)...)
	}
	ports.Verdict, ports.Condition = x.Verdict, x.Condition
	x.Ports = Access{ports}
	return x
}

// tcp is what policies say of TCP between two peers.
func (n *Network) tcp(p part) Access {
	var access Access
	for found, policies := range n.policied() {
		if found.src.End == p.src.End && found.dst.End == p.dst.End && (p.src.End != nil || found.src.Range.Contains(p.src.Range.From)) {
			access = append(access, of(policies, netpol.TCP)...)
		}
	}
	return access
}

// explainWire adds what policies say of one connection on the wire, and what would
// change that where the verdict rests on it.
func (n *Network) explainWire(x *Explanation, wire *Side) Verdict {
	found := n.Policies.Explain(wire.Src.Peer, wire.Dst.Peer, wire.Port.Protocol, wire.Port.Port)
	rests := func(d netpol.Direction) bool {
		at := slices.IndexFunc(found.Sides, func(s netpol.Side) bool { return s.Direction == d })
		// A side that lets through what something else denies cannot change the verdict.
		return at < 0 || found.Sides[at].Verdict == netpol.Denied || found.Verdict != netpol.Denied && (x.Mesh == nil || x.Verdict != Denied)
	}
	for _, side := range found.Sides {
		x.Sides = append(x.Sides, Side{side, wire.Src, wire.Dst, wire.Port})
	}
	for _, r := range found.Remedies {
		if rests(r.Direction) {
			x.Remedies = append(x.Remedies, Remedy{r.Direction.String(), r.Policy, r.Text})
		}
	}
	return ofPolicies(found.Verdict)
}

// onWire are the connections that the ways need over which any comes about, each once.
func (n *Network) onWire(p part, port netpol.NamedPort, ways []mesh.Way) []Side {
	var wire []Side
	for i := range ways {
		if ways[i].Transport == mesh.Broken {
			continue
		}
		for _, hop := range ways[i].Hops {
			for _, number := range hop.Ports() {
				on := port
				if number != port.Port {
					on = netpol.NamedPort{Protocol: netpol.TCP, Port: number}
				}
				wire = append(wire, n.sidesOf(p, &hop, on)...)
			}
		}
	}
	if len(wire) == 0 {
		return []Side{{Src: p.src, Dst: p.dst, Port: port}}
	}
	var once []Side
	for _, s := range wire {
		if !slices.ContainsFunc(once, func(have Side) bool { return have.Src == s.Src && have.Dst == s.Dst && have.Port.Port == s.Port.Port }) {
			once = append(once, s)
		}
	}
	return once
}

// sidesOf are the pairs of peers that a hop is between.
func (n *Network) sidesOf(p part, hop *mesh.Hop, on netpol.NamedPort) []Side {
	var list []Side
	for _, src := range n.endsOf(p.src, hop.From) {
		for _, dst := range n.endsOf(p.dst, hop.To) {
			list = append(list, Side{Src: src, Dst: dst, Port: on})
		}
	}
	return list
}

// endsOf are the peers that a hop begins or ends at: the one asked about if it is its
// workload, else the pods of the waypoint.
func (n *Network) endsOf(asked Peer, w *mesh.Workload) []Peer {
	if w == nil || asked.End != nil && same(w, n.mesh.workloads[asked.End]) {
		return []Peer{asked}
	}
	var list []Peer
	for _, end := range n.Ends() {
		if same(w, n.mesh.workloads[end]) {
			list = append(list, Peer{Peer: netpol.Of(end)})
		}
	}
	return list
}

// alike reports whether two explanations rest on the same.
func (x *Explanation) alike(y *Explanation) bool {
	return x.Verdict == y.Verdict && x.Condition == y.Condition && alikeMesh(x.Mesh, y.Mesh) && slices.EqualFunc(x.Sides, y.Sides, func(a, b Side) bool {
		return a.Verdict == b.Verdict && a.Src == b.Src && a.Dst == b.Dst && slices.EqualFunc(a.Reasons, b.Reasons, func(r, s netpol.Reason) bool {
			return r.Tier == s.Tier && r.Policy == s.Policy && r.Rule == s.Rule && r.Effect == s.Effect && r.Decides == s.Decides
		})
	})
}

func alikeMesh(a, b *mesh.Verdict) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Transport == b.Transport && slices.EqualFunc(a.Ways, b.Ways, func(v, w mesh.Way) bool {
		return v.Service == w.Service && v.Waypoint == w.Waypoint && v.Transport == w.Transport && v.Access == w.Access && v.Condition == w.Condition &&
			slices.EqualFunc(v.Reasons, w.Reasons, func(r, s mesh.Reason) bool { return r.Object == s.Object && r.Path == s.Path })
	})
}

// asked picks the port to explain a range by: one that a container listens on.
func asked(p Ports, dst Peer) netpol.NamedPort {
	if dst.End != nil {
		for _, port := range dst.End.Ports {
			if port.Protocol == p.Protocol && p.From <= port.Port && port.Port <= p.To {
				return port
			}
		}
	}
	return netpol.NamedPort{Protocol: p.Protocol, Port: p.From}
}

// whole fills an access up with what is denied.
func whole(access Access) Access {
	var list Access
	for _, protocol := range netpol.Protocols() {
		next := 1
		for _, p := range of(access, protocol) {
			if int(p.From) > next {
				list = append(list, Ports{Protocol: protocol, From: uint16(next), To: p.From - 1, Verdict: Denied})
			}
			p.From = max(p.From, 1)
			list = append(list, p)
			next = int(p.To) + 1
		}
		if next <= MostPorts {
			list = append(list, Ports{Protocol: protocol, From: uint16(next), To: MostPorts, Verdict: Denied})
		}
	}
	return list
}

// part is two peers of which the addresses are treated alike.
type part struct {
	src, dst Peer
	access   Access
}

// parts divides the addresses of a pair where they are not treated alike.
func (n *Network) parts(src, dst Peer) []part {
	outside := src.Range
	if src.End != nil {
		outside = dst.Range
	}
	var line Line
	m := n.Matrix(n.between(func(from, to Peer) bool { return meets(src, from) && meets(dst, to) }), src.End != nil)
	for i := range m.Lines {
		line.Groups = append(line.Groups, m.Lines[i].Groups...)
	}
	if !outside.From.IsValid() {
		p := part{src: src, dst: dst}
		if len(line.Groups) > 0 {
			p.access = m.Accesses[line.Groups[0].Access]
		}
		return []part{p}
	}
	var list []part
	for _, r := range cut(atoms([2]Line{line}), outside) {
		p := part{src: src, dst: dst, access: within(m, line, r.From)}
		if src.End == nil {
			p.src.Range = r
		} else {
			p.dst.Range = r
		}
		if last := len(list) - 1; last >= 0 && list[last].access.Compare(p.access) == 0 {
			addresses := &list[last].dst.Range
			if src.End == nil {
				addresses = &list[last].src.Range
			}
			addresses.To = r.To
			continue
		}
		list = append(list, p)
	}
	return list
}

// meets reports whether a peer of a list is the one that is asked about, or has
// addresses of it.
func meets(asked, listed Peer) bool {
	if asked.End != nil || listed.End != nil || asked.Ingress || listed.Ingress {
		return asked.End == listed.End && asked.Ingress == listed.Ingress
	}
	return listed.Range.Contains(asked.Range.From) || asked.Range.Contains(listed.Range.From)
}

// cut limits ranges to one, and fills up what is between them.
func cut(ranges []netpol.Range, to netpol.Range) []netpol.Range {
	var list []netpol.Range
	next := to.From
	for _, r := range ranges {
		if !next.IsValid() || r.From.BitLen() != to.From.BitLen() || to.To.Less(r.From) || r.To.Less(next) {
			continue
		}
		if next.Less(r.From) {
			list = append(list, netpol.Range{From: next, To: r.From.Prev()})
			next = r.From
		}
		if to.To.Less(r.To) {
			r.To = to.To
		}
		list = append(list, netpol.Range{From: next, To: r.To})
		if next = r.To.Next(); !next.IsValid() || to.To.Less(next) {
			return list
		}
	}
	return append(list, netpol.Range{From: next, To: to.To})
}
