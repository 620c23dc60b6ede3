package netpol

import (
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
)

// ciliumPeers is who a rule is about, in the fields of its direction.
type ciliumPeers struct {
	prefix    string // from or to
	endpoints []metav1.LabelSelector
	entities  []string
	cidrs     []string
	sets      []ciliumBlock
	strange   []ciliumStrange
}

type ciliumStrange struct {
	name  string
	field opaque
}

func (c *ciliumRule) peers(d Direction) (own, other ciliumPeers) {
	from := ciliumPeers{"from", c.FromEndpoints, c.FromEntities, c.FromCIDR, c.FromCIDRSet, []ciliumStrange{
		{"fromNodes", c.FromNodes}, {"fromGroups", c.FromGroups},
	}}
	to := ciliumPeers{"to", c.ToEndpoints, c.ToEntities, c.ToCIDR, c.ToCIDRSet, []ciliumStrange{
		{"toNodes", c.ToNodes}, {"toGroups", c.ToGroups}, {"toServices", c.ToServices}, {"toFQDNs", c.ToFQDNs},
	}}
	if d == Ingress {
		return from, to
	}
	return to, from
}

// given counts the fields that are written, and those that are not empty.
func (c *ciliumPeers) given() (written, filled int) {
	for _, field := range []struct {
		written bool
		length  int
	}{{c.endpoints != nil, len(c.endpoints)}, {c.entities != nil, len(c.entities)}, {c.cidrs != nil, len(c.cidrs)}, {c.sets != nil, len(c.sets)}} {
		written, filled = written+bit(field.written), filled+bit(field.length > 0)
	}
	for _, s := range c.strange {
		written, filled = written+bit(s.field.set()), filled+bit(s.field.set())
	}
	return written, filled
}

// rule reads one rule: one for each entry of toPorts. One with icmps is about no ports
// that are looked at here.
func (r *ciliumReading) rule(d Direction, base rule, from *ciliumRule) []rule {
	before := len(r.doubts)
	if from.ICMPs.set() && len(from.ToPorts) > 0 {
		r.refuse(base.path.Child("icmps"), "icmps and toPorts exclude each other")
	}
	rules := r.portRules(d, base, from)
	if from.ICMPs.set() {
		r.doubts = r.doubts[:before]
		return nil
	}
	return rules
}

// portRules reads a rule as one about ports. Without peers and ports it means nobody,
// with ports alone everybody.
func (r *ciliumReading) portRules(d Direction, base rule, from *ciliumRule) []rule {
	peers, others := from.peers(d)
	if written, _ := others.given(); written > 0 {
		r.refuse(base.path, "a rule of this direction has no field that begins with %q", others.prefix)
	}
	if from.FromRequires.set() || from.ToRequires.set() {
		r.refuse(base.path, "requires, which narrow other rules too, are not understood")
	}
	written, filled := peers.given()
	switch {
	case filled > 1:
		r.refuse(base.path, "several kinds of peers in one rule are not understood")
	case written > 0 && filled == 0:
		base.anyone, base.perhaps = true, true
		r.doubt(base.path, "what an empty list of peers means depends on the version of Cilium")
	case filled == 0 && len(from.ToPorts) == 0 && base.action == allowed:
		return nil // it allows nothing
	case filled == 0 && len(from.ToPorts) == 0:
		base.anyone, base.perhaps = true, true
		r.doubt(base.path, "what a rule without peers and ports denies is not documented")
	case filled == 0:
		base.anyone = true
	default:
		if written > filled {
			base.perhaps = true
			r.doubt(base.path, "what an empty list of peers means next to another one depends on the version of Cilium")
		}
		r.peers(&base, &peers)
	}
	if from.Authentication != nil && from.Authentication.Mode != "disabled" && from.Authentication.Mode != "" {
		base.perhaps = true
		r.doubt(base.path.Child("authentication"), "whether peers can authenticate is not known")
	}
	return r.withPorts(d, base, from.ToPorts)
}

func (r *ciliumReading) peers(read *rule, from *ciliumPeers) {
	path := read.path.Child(from.prefix + "Endpoints")
	for i := range from.endpoints {
		at := path.Index(i)
		if ciliumReserved(&from.endpoints[i]) {
			read.anyone, read.perhaps = true, true
			r.doubt(at, "reserved labels of peers are not understood")
			continue
		}
		read.peers = append(read.peers, r.endpoints(at, &from.endpoints[i])...)
	}
	if len(from.entities) > 0 {
		at := read.path.Child(from.prefix + "Entities")
		read.peers = append(read.peers, peer{path: at, plugin: r.entities(at, read.action, from.entities)})
	}
	blocks := r.nets(read.path.Child(from.prefix+"CIDR"), from.cidrs)
	for i := range from.sets {
		s, at := &from.sets[i], read.path.Child(from.prefix+"CIDRSet").Index(i)
		if s.CIDRGroupRef != "" || s.CIDRGroupSelector.set() {
			read.anyone, read.perhaps = true, true
			r.doubt(at, "groups of address blocks are not understood")
			continue
		}
		blocks = append(blocks, r.ciliumBlock(at, s))
	}
	if len(blocks) > 0 {
		read.peers = append(read.peers, peer{path: read.path, plugin: &ciliumBlocks{denies: read.action == denied, blocks: blocks}})
	}
	for _, s := range from.strange {
		if s.field.set() {
			read.anyone, read.perhaps = true, true
			r.doubt(read.path.Child(s.name), "peers of this kind are not understood")
		}
	}
}

// ciliumBlock reads a block with exceptions, one of which may be the whole of it.
func (r *ciliumReading) ciliumBlock(path model.Path, s *ciliumBlock) block {
	b := block{cidr: r.prefix(path.Child("cidr"), s.CIDR)}
	for i, text := range s.Except {
		at := path.Child("except").Index(i)
		e := r.prefix(at, text)
		if r.problem == "" && !b.cidr.Contains(e.Addr()) {
			r.refuse(at, "%s is not inside of %s", e, b.cidr)
		}
		b.except = append(b.except, e)
	}
	return b
}

// withPorts makes the rules of a rule with ports. Of egress, Cilium resolved names with
// those of all pods together, until it kept them by identity: NamedPortMultiMap of
// pkg/types/portmap.go of v1.20.
func (r *ciliumReading) withPorts(d Direction, base rule, entries []ciliumPorts) []rule {
	if len(entries) == 0 {
		base.ports = allPorts()
		return []rule{base}
	}
	var rules []rule
	for i := range entries {
		read, at := base, base.path.Child("toPorts").Index(i)
		if len(entries[i].Ports) == 0 {
			read.ports, read.perhaps = allPorts(), true
			r.doubt(at, "what an entry without ports means is not documented")
		}
		for j := range entries[i].Ports {
			r.ciliumPort(&read, at.Child("ports").Index(j), &entries[i].Ports[j])
		}
		if field := entries[i].conditional(); field != "" {
			read.perhaps = true
			r.doubt(at.Child(field), "what is said over the connection is not looked at")
		}
		read.ports = normal(read.ports)
		if read.anywhere = d == Egress && len(read.named) > 0; read.anywhere {
			r.doubt(at, "a port by name is towards every pod what any pod calls so, in some versions of Cilium")
		}
		if len(read.ports) > 0 || len(read.named) > 0 {
			rules = append(rules, read)
		}
	}
	return rules
}

// conditional names the field that makes connections depend on more than ports. DNS
// rules that take every name do not.
func (p *ciliumPorts) conditional() string {
	switch {
	case p.TerminatingTLS.set():
		return "terminatingTLS"
	case p.OriginatingTLS.set():
		return "originatingTLS"
	case len(p.ServerNames) > 0:
		return "serverNames"
	case p.Listener.set():
		return "listener"
	case p.Rules == nil:
		return ""
	case p.Rules.HTTP.set() || p.Rules.Kafka.set() || p.Rules.L7.set() || p.Rules.L7Proto != "":
		return "rules"
	}
	for _, name := range p.Rules.DNS {
		if name.MatchPattern == "*" {
			return ""
		}
	}
	if len(p.Rules.DNS) > 0 {
		return "rules"
	}
	return ""
}

func (r *ciliumReading) ciliumPort(read *rule, path model.Path, port *ciliumPort) {
	var protocols []Protocol
	switch protocol := strings.ToUpper(port.Protocol); protocol {
	case "", "ANY":
		protocols = Protocols()
	case "VRRP", "IGMP": // which have no ports
	case "ICMP", "ICMPV6":
		r.refuse(path.Child("protocol"), "which versions of Cilium take %s here differs: icmps is the field for it", protocol)
	default:
		protocols = []Protocol{r.protocol(path.Child("protocol"), protocol)}
	}
	number, err := strconv.ParseUint(port.Port, 0, 16)
	for _, protocol := range protocols {
		switch {
		case port.Port == "":
			r.refuse(path.Child("port"), "a port is needed")
		case err != nil && strings.ContainsFunc(port.Port, isLetter):
			name := r.portName(path.Child("port"), strings.ToLower(port.Port))
			read.named = append(slices.Clip(read.named), portName{name: name, protocol: protocol})
		case err != nil || strings.ContainsFunc(port.Port, isLetter):
			r.refuse(path.Child("port"), "%q is neither a number nor a name of a port", port.Port)
		case number == 0:
			read.ports = append(slices.Clip(read.ports), ofProtocol(protocol))
			if port.EndPort != 0 && port.EndPort != 65535 {
				read.perhaps = true
				r.doubt(path.Child("endPort"), "whether port 0 means all ports in spite of it depends on the version of Cilium")
			}
		case port.EndPort == 0:
			read.ports = append(slices.Clip(read.ports), r.ports(path.Child("port"), protocol, int32(number), int32(number)))
		default:
			read.ports = append(slices.Clip(read.ports), r.ports(path.Child("endPort"), protocol, int32(number), port.EndPort))
		}
	}
}

func isLetter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
