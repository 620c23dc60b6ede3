package netpol

import (
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/model"
)

// rule reads what a rule matches. What is not understood only narrows that: without it
// the rule matches perhaps.
func (r *calicoReading) rule(read *rule, d Direction, from *calicoRule) {
	peer, own := &from.Source, &from.Destination
	peerName, ownName := "source", "destination"
	if d == Egress {
		peer, own, peerName, ownName = own, peer, ownName, peerName
	}
	r.peer(read, read.path.Child(peerName), peer)
	if own.Selector != "" || own.NotSelector != "" || own.NamespaceSelector != "" || len(own.Nets) > 0 || len(own.NotNets) > 0 || own.ServiceAccounts != nil {
		r.perhaps(read, read.path.Child(ownName), "what narrows the policy's own side is not understood")
	}
	if len(from.Source.Ports) > 0 || len(from.Source.NotPorts) > 0 {
		r.perhaps(read, read.path.Child("source"), "ports of the source are not understood")
	}
	for _, e := range []struct {
		entity *calicoEntity
		name   string
	}{{&from.Source, "source"}, {&from.Destination, "destination"}} {
		if e.entity.Services.set() {
			r.perhaps(read, read.path.Child(e.name).Child("services"), "services as peers are not understood")
		}
		if len(e.entity.Domains) > 0 {
			r.perhaps(read, read.path.Child(e.name).Child("domains"), "domain names are not understood")
		}
	}
	if from.HTTP.set() {
		r.perhaps(read, read.path.Child("http"), "what requests say is not looked at")
	}
	if from.IPVersion != nil {
		r.perhaps(read, read.path.Child("ipVersion"), "a version of IP is not understood")
	}
	r.rulePorts(read, from)
}

func (r *calicoReading) perhaps(read *rule, path model.Path, reason string) {
	read.perhaps = true
	r.doubt(path, reason)
}

// peer reads the peers of a rule: all of its fields must hold.
func (r *calicoReading) peer(read *rule, path model.Path, e *calicoEntity) {
	p := &calicoPeer{
		allows: read.action == allowed, nets: r.nets(path.Child("nets"), e.Nets), notNets: r.nets(path.Child("notNets"), e.NotNets),
		sets: r.sets, setsHidden: r.setsHidden, hostEndpoints: r.hostEndpoints,
	}
	p.selects = r.entity(path, e)
	if e.NotSelector != "" {
		p.selectsNot = r.condition(path.Child("notSelector"), e.NotSelector, ofEndpoints)
	}
	if p.selects == nil && p.selectsNot == nil && len(p.nets) == 0 && len(p.notNets) == 0 {
		read.anyone = true
		return
	}
	read.peers = []peer{{path: path, plugin: p}}
	if p.hostEndpoints && (p.selects != nil || p.selectsNot != nil) {
		r.perhaps(read, path, "there are, or may be, HostEndpoints, which are not understood")
	}
	if p.selects != nil || p.selectsNot != nil {
		if r.setsHidden {
			r.doubt(path, "network sets, which the selector may select, could not be read")
		}
		for i := range r.sets {
			if s := &r.sets[i]; s.problem != "" && p.mayMean(s) {
				r.doubt(path, s.problem)
			}
		}
	}
}

// entity is the condition of all that selects endpoints in a rule; nil if nothing does.
// In a namespaced policy that means those of its namespace, unless a namespaceSelector
// says otherwise: GetEntityRuleSelector of libcalico-go/lib/backend/syncersv1.
func (r *calicoReading) entity(path model.Path, e *calicoEntity) *condition {
	if e.Selector == "" && e.NotSelector == "" && e.NamespaceSelector == "" && e.ServiceAccounts == nil {
		return nil
	}
	namespaces := r.condition(path.Child("namespaceSelector"), e.NamespaceSelector, ofNamespaces)
	if namespaces == nil && r.namespace != "" {
		namespaces = &condition{op: has, what: namespaceName, test: oneOf, values: []string{r.namespace}}
	}
	var accounts, labels *condition
	if e.ServiceAccounts != nil {
		if len(e.ServiceAccounts.Names) > 0 {
			accounts = &condition{op: has, what: account, test: oneOf, values: e.ServiceAccounts.Names}
		}
		if e.ServiceAccounts.Selector != "" {
			r.doubt(path.Child("serviceAccounts").Child("selector"), "the labels of service accounts are not read")
			labels = &condition{op: unknowable, key: "serviceAccounts.selector"}
		}
	}
	selector := r.condition(path.Child("selector"), e.Selector, ofEndpoints)
	if namespaces == nil && selector == nil && accounts == nil && labels == nil {
		return nil // a global policy's notSelector alone
	}
	return both(namespaces, selector, accounts, labels)
}

// rulePorts reads protocols and ports of the destination. A rule without ports in the
// end is about none that is looked at here, such as ICMP.
func (r *calicoReading) rulePorts(read *rule, from *calicoRule) {
	ports := allPorts()
	path := read.path.Child("destination")
	has := len(from.Destination.Ports) > 0 || len(from.Destination.NotPorts) > 0
	if from.Protocol != nil {
		ports = nil
		if p, ok := r.calicoProtocol(read.path.Child("protocol"), from.Protocol); ok {
			ports = []portRange{ofProtocol(p)}
			if has {
				r.protocolPorts(read, path, p, from)
				return
			}
		}
	} else if has || len(from.Source.Ports) > 0 || len(from.Source.NotPorts) > 0 {
		r.refuse(path.Child("ports"), "ports need the protocol TCP, UDP or SCTP")
	}
	if from.ICMP.set() || from.NotICMP.set() {
		if from.Protocol == nil {
			r.perhaps(read, read.path, "kinds of ICMP messages are not understood")
		}
	}
	if from.NotProtocol != nil {
		if p, ok := r.calicoProtocol(read.path.Child("notProtocol"), from.NotProtocol); ok {
			ports = without(ports, []portRange{ofProtocol(p)})
		}
	}
	read.ports = ports
}

func ofProtocol(p Protocol) portRange { return portRange{from: linear(p, 0), to: linear(p, 65535)} }

func (r *calicoReading) protocolPorts(read *rule, path model.Path, p Protocol, from *calicoRule) {
	if from.NotProtocol != nil {
		r.refuse(read.path.Child("notProtocol"), "a rule has a protocol or a notProtocol")
	}
	read.ports = []portRange{ofProtocol(p)}
	if wanted := from.Destination.Ports; len(wanted) > 0 {
		read.ports = r.portList(path.Child("ports"), p, wanted, func(name string) {
			read.named = append(read.named, portName{name: name, protocol: p})
		})
	}
	if unwanted := from.Destination.NotPorts; len(unwanted) > 0 {
		at := path.Child("notPorts")
		out := r.portList(at, p, unwanted, func(string) { r.perhaps(read, at, "ports by name are not understood here") })
		if len(read.named) > 0 {
			r.perhaps(read, at, "next to ports by name it is not understood")
		}
		read.ports = without(read.ports, out)
	}
}

func (r *calicoReading) portList(path model.Path, p Protocol, list []intstr.IntOrString, named func(string)) []portRange {
	var ports []portRange
	for i := range list {
		at := path.Index(i)
		if list[i].Type == intstr.Int {
			ports = append(ports, r.calicoPorts(at, p, int(list[i].IntVal), int(list[i].IntVal)))
			continue
		}
		from, to, isRange := strings.Cut(list[i].StrVal, ":")
		first, err := strconv.Atoi(from)
		last, err2 := first, error(nil)
		if isRange {
			last, err2 = strconv.Atoi(to)
		}
		switch {
		case err == nil && err2 == nil:
			ports = append(ports, r.calicoPorts(at, p, first, last))
		case isRange:
			r.refuse(at, "%q is no range of ports", list[i].StrVal)
		default:
			named(r.portName(at, list[i].StrVal))
		}
	}
	return normal(ports)
}

// calicoPorts reads a range, which may begin at port 0.
func (r *calicoReading) calicoPorts(path model.Path, p Protocol, from, to int) portRange {
	if from < 0 || to < from || to < 1 || to > 65535 {
		r.refuse(path, "%d to %d is no range of ports", from, to)
		return portRange{}
	}
	if from == 0 {
		from = 1
	}
	return r.ports(path, p, int32(from), int32(to))
}

// without is the ranges less others; both are normal.
func without(ranges, others []portRange) []portRange {
	var rest []portRange
	for _, r := range ranges {
		from := r.from
		for _, o := range others {
			if o.to < from || o.from > r.to {
				continue
			}
			if o.from > from {
				rest = append(rest, portRange{from, o.from - 1})
			}
			from = o.to + 1
		}
		if from <= r.to {
			rest = append(rest, portRange{from, r.to})
		}
	}
	return rest
}

// calicoProtocol reads a protocol by name or number; ok is false for one that has no
// ports that are looked at here.
func (r *calicoReading) calicoProtocol(path model.Path, p *intstr.IntOrString) (Protocol, bool) {
	name := strings.ToUpper(p.String())
	switch name {
	case "TCP", "6":
		return TCP, true
	case "UDP", "17":
		return UDP, true
	case "SCTP", "132":
		return SCTP, true
	case "ICMP", "ICMPV6", "UDPLITE":
		return 0, false
	}
	if number, err := strconv.Atoi(name); err != nil || number < 1 || number > 255 {
		r.refuse(path, "%q is no protocol", p.String())
	}
	return 0, false
}
