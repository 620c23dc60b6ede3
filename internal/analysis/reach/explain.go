package reach

import (
	"slices"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// Explanation is why a connection has its verdict. Ports are all that are treated
// alike, and Asked one of them, which Sides are about.
type Explanation struct {
	Src, Dst Peer
	Ports    Access // of one verdict
	Asked    netpol.NamedPort
	Rest     bool // all ports of the pair that no other Explanation is about
	Verdict  Verdict
	Sides    []netpol.Side
	Remedies []netpol.Remedy // of the sides that the verdict rests on
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
	found := n.Policies.Explain(p.src.Peer, p.dst.Peer, port.Protocol, port.Port)
	ports.Verdict = ofPolicies(found.Verdict)
	if ports.Verdict == Denied && port.Protocol == netpol.TCP && n.tunneled(p.src.Peer, p.dst.Peer) &&
		n.Policies.Verdict(p.src.Peer, p.dst.Peer, netpol.TCP, tunnelPort) != netpol.Denied {
		ports.Verdict = Unknown
		found.Sides = append(found.Sides, netpol.Side{Direction: netpol.Ingress, Reasons: []netpol.Reason{{
			Tier: netpol.Beyond, Rule: -1, Effect: netpol.Perhaps, Decides: true,
			Text: "both are in Istio's ambient mode: ztunnel carries this over TCP 15008, which policies let through; net mtls says what the mesh does",
		}}})
	}
	x := Explanation{Src: p.src, Dst: p.dst, Ports: Access{ports}, Asked: port, Verdict: ports.Verdict, Sides: found.Sides}
	for _, remedy := range found.Remedies {
		if x.restsOn(remedy.Direction) {
			x.Remedies = append(x.Remedies, remedy)
		}
	}
	return x
}

// restsOn reports whether another verdict of a side could change that of both: a side
// that lets through what the other denies cannot.
func (x *Explanation) restsOn(d netpol.Direction) bool {
	for i := range x.Sides {
		if s := &x.Sides[i]; s.Direction == d {
			return x.Verdict != Denied || s.Verdict == netpol.Denied
		}
	}
	return true
}

// alike reports whether two explanations rest on the same.
func (x *Explanation) alike(y *Explanation) bool {
	return x.Verdict == y.Verdict && slices.EqualFunc(x.Sides, y.Sides, func(a, b netpol.Side) bool {
		return a.Verdict == b.Verdict && slices.EqualFunc(a.Reasons, b.Reasons, func(r, s netpol.Reason) bool {
			return r.Tier == s.Tier && r.Policy == s.Policy && r.Rule == s.Rule && r.Effect == s.Effect && r.Decides == s.Decides
		})
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
	m := n.Matrix(only(n.Connections(), func(c *Connection) bool {
		return meets(src, c.Src) && meets(dst, c.Dst)
	}), src.End != nil)
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
