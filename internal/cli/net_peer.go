package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
)

// peerPattern is a peer as a user names it.
type peerPattern struct {
	text                  string
	namespace, name, kind string       // name "*": all of the namespace
	definition            int          // of several in files; 0: all
	addresses             netpol.Range // From is not valid for a workload
	ingress               bool
}

// parsePeer reads NAMESPACE/NAME, NAMESPACE/NAME[KIND], NAMESPACE/NAME[KIND]#NUMBER where
// files have several definitions, NAMESPACE/*, NAME (in namespace), an address, a prefix,
// a range of addresses "a-b", or reach.IngressController.
func parsePeer(text, namespace string) (peerPattern, error) {
	p := peerPattern{text: text}
	if text == reach.IngressController {
		p.ingress = true
		return p, nil
	}
	if addresses, ok, err := parseRange(text); ok || err != nil {
		p.addresses = addresses
		return p, err
	}
	rest, kind, found := strings.Cut(text, "[")
	if found {
		kind, number, several := strings.Cut(kind, "#")
		if p.kind, found = strings.CutSuffix(kind, "]"); !found || p.kind == "" {
			return p, fmt.Errorf("%q is no workload: write NAMESPACE/NAME[KIND], as shop/web[Deployment]", text)
		}
		var err error
		if p.definition, err = strconv.Atoi(number); several && (err != nil || p.definition < 1) {
			return p, fmt.Errorf("%q: behind # stands a number, as in shop/web[Deployment]#2", text)
		}
	}
	p.namespace, p.name, found = strings.Cut(rest, "/")
	if !found {
		p.namespace, p.name = namespace, rest
	}
	if p.namespace == "" || p.name == "" || strings.Contains(p.name, "/") {
		return p, fmt.Errorf("%q is no peer: write NAMESPACE/NAME, NAMESPACE/NAME[KIND], an address, a range of addresses or %s", text, reach.IngressController)
	}
	return p, nil
}

// parseRange reads what looks like addresses: no name of an object does.
func parseRange(text string) (netpol.Range, bool, error) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		if prefix.Addr().Is4In6() {
			return netpol.Range{}, false, fmt.Errorf("%q: write IPv4 addresses as such", text)
		}
		prefix = prefix.Masked()
		return netpol.Range{From: prefix.Addr(), To: lastAddress(prefix)}, true, nil
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		addr = addr.Unmap().WithZone("")
		return netpol.Range{From: addr, To: addr}, true, nil
	}
	first, last, found := strings.Cut(text, "-")
	from, err := netip.ParseAddr(first)
	to, err2 := netip.ParseAddr(last)
	if !found || err != nil || err2 != nil {
		return netpol.Range{}, false, nil
	}
	from, to = from.Unmap().WithZone(""), to.Unmap().WithZone("")
	if from.BitLen() != to.BitLen() || to.Less(from) {
		return netpol.Range{}, false, fmt.Errorf("%q is no range: its ends are of two families, or the wrong way round", text)
	}
	return netpol.Range{From: from, To: to}, true, nil
}

func lastAddress(prefix netip.Prefix) netip.Addr {
	raw := prefix.Addr().AsSlice()
	for bit := prefix.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(raw)
	return last
}

func (p *peerPattern) outside() bool { return p.addresses.From.IsValid() }

// matches reports whether a peer is meant: of ranges, whether they have addresses in
// common.
func (p *peerPattern) matches(peer reach.Peer) bool {
	switch {
	case p.ingress || peer.Ingress:
		return p.ingress && peer.Ingress
	case peer.End == nil:
		return p.outside() && p.addresses.From.BitLen() == peer.Range.From.BitLen() &&
			p.addresses.From.Compare(peer.Range.To) <= 0 && peer.Range.From.Compare(p.addresses.To) <= 0
	case p.outside():
		return false
	default:
		return p.namespace == peer.End.Namespace && (p.name == "*" || p.name == peer.End.Name) && (p.kind == "" || p.kind == peer.End.Kind) &&
			(p.definition == 0 || p.definition == peer.End.Definition)
	}
}

// ends are the workloads that are meant. It is an error that there is none: the name
// is misspelt, or the workload was not supplied.
func (p *peerPattern) ends(n *reach.Network) ([]*netpol.End, error) {
	if p.ingress || p.outside() {
		return nil, nil
	}
	var found, near []*netpol.End
	for _, end := range n.Ends() {
		switch {
		case p.matches(reach.Peer{Peer: netpol.Of(end)}):
			found = append(found, end)
		case end.Name == p.name:
			near = append(near, end)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	what := p.namespace + "/" + p.name
	if p.kind != "" {
		what += "[" + p.kind + "]"
	}
	if p.definition > 0 {
		what += "#" + strconv.Itoa(p.definition)
	}
	if len(near) > 0 {
		return nil, fmt.Errorf("no workload %s was read; did you mean %s?", what, near[0])
	}
	return nil, fmt.Errorf("no workload %s was read: net list shows which there are", what)
}

// portPattern is a port as a user names it. Without a protocol a number is any
// protocol's in a list, and TCP's in a question.
type portPattern struct {
	name     string // "" for a number
	number   uint16
	protocol netpol.Protocol
	any      bool // the protocol was not said
}

// parsePort reads 80, 80/UDP, http, or http/TCP.
func parsePort(text string) (portPattern, error) {
	name, protocol, found := strings.Cut(text, "/")
	p := portPattern{any: !found}
	if found {
		var ok bool
		if p.protocol, ok = netpol.ParseProtocol(strings.ToUpper(protocol)); !ok || protocol == "" {
			return p, fmt.Errorf("%q: the protocol of a port is TCP, UDP or SCTP", text)
		}
	}
	number, err := strconv.Atoi(name)
	switch {
	case err != nil && name != "":
		p.name = name
		return p, nil
	case err != nil:
		return p, errors.New("a port is a number, as 80 or 80/UDP, or a name, as http")
	case number < 1 || number > reach.MostPorts:
		return p, fmt.Errorf("%d is no port: ports are 1 to %d", number, reach.MostPorts)
	}
	p.number = uint16(number)
	return p, nil
}

// at lists the ports that are meant of a peer: names are those of its containers.
func (p *portPattern) at(dst reach.Peer) []netpol.NamedPort {
	protocols := netpol.Protocols()
	if !p.any {
		protocols = []netpol.Protocol{p.protocol}
	}
	var list []netpol.NamedPort
	for _, protocol := range protocols {
		if p.name == "" {
			list = append(list, netpol.NamedPort{Protocol: protocol, Port: p.number})
			continue
		}
		if dst.End == nil {
			continue
		}
		for _, port := range dst.End.Ports {
			if port.Name == p.name && port.Protocol == protocol {
				list = append(list, port)
			}
		}
	}
	return list
}
