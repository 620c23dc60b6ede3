package netpol

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Protocol is a transport protocol that policies know. The zero value is TCP, the
// API's default.
type Protocol uint8

// The protocols.
const (
	TCP Protocol = iota
	UDP
	SCTP
)

// Protocols lists every protocol, in the order of reports.
func Protocols() []Protocol { return []Protocol{TCP, UDP, SCTP} }

// String is the API's name of the protocol.
func (p Protocol) String() string {
	switch p {
	case UDP:
		return "UDP"
	case SCTP:
		return "SCTP"
	default:
		return "TCP"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (p Protocol) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// ParseProtocol reads the API's name of a protocol; "" is TCP.
func ParseProtocol(name string) (Protocol, bool) {
	switch name {
	case "", "TCP":
		return TCP, true
	case "UDP":
		return UDP, true
	case "SCTP":
		return SCTP, true
	default:
		return TCP, false
	}
}

// NamedPort is a port that a container says it listens on. Name may be empty.
type NamedPort struct {
	Name     string
	Protocol Protocol
	Port     uint16
}

// End is what connections start and end at inside the cluster: a workload, with the
// pods that it has. Where policies can tell the pods of one workload apart, each of
// its running pods is an End; where they can tell apart the definitions that files have
// of one workload, each of those is.
type End struct {
	Object    *snapshot.Object // the workload, or the pod
	Workload  *snapshot.Object // that Object belongs to; Object itself for a workload
	Namespace string
	Name      string
	Kind      string
	// Definition counts, from 1 on, the ends of the same name that files define; 0 for
	// the only one.
	Definition int
	// Labels are those of the pods: of several running ones, what all have in common.
	Labels map[string]string
	// Ports are those of the containers that run as long as the pod does, sorted.
	Ports       []NamedPort
	HostNetwork bool         // the pods are in the network of their nodes
	Addresses   []netip.Addr // of the running pods; empty where no pod runs
	// Replicated: a pod of it can meet another pod of it (isReplicated). Otherwise the End
	// always reaches itself, whatever policies say.
	Replicated  bool
	definitions []*snapshot.Object // those that it is made of, where files have several
}

// String renders the End as "shop/web[Deployment]", and of several definitions as
// "shop/web[Deployment]#2".
func (e *End) String() string {
	text := e.Namespace + "/" + e.Name + "[" + e.Kind + "]"
	if e.Definition > 0 {
		text += "#" + strconv.Itoa(e.Definition)
	}
	return text
}

// Compare orders ends by namespace, name, kind and definition.
func (e *End) Compare(other *End) int {
	return cmp.Or(
		cmp.Compare(e.Namespace, other.Namespace),
		cmp.Compare(e.Name, other.Name),
		cmp.Compare(e.Kind, other.Kind),
		cmp.Compare(e.Object.Group, other.Object.Group),
		cmp.Compare(e.Definition, other.Definition),
	)
}

// EndIndex finds ends by the workload that they belong to.
type EndIndex map[model.ID][]*End

// IndexEnds makes the index of ends.
func IndexEnds(ends []*End) EndIndex {
	x := EndIndex{}
	for _, e := range ends {
		x[e.Workload.ID] = append(x[e.Workload.ID], e)
	}
	return x
}

// Of are the ends of a workload. Where policies tell apart the definitions that files
// have of it, those of this one.
func (x EndIndex) Of(workload *snapshot.Object) []*End {
	ends := x[workload.ID]
	at := slices.IndexFunc(ends, func(e *End) bool { return slices.Contains(e.definitions, workload) })
	if at < 0 {
		return ends
	}
	return ends[at : at+1]
}

// Range is a range of addresses, both ends included, of one address family.
type Range struct{ From, To netip.Addr }

// String renders the range as "10.0.0.0-10.0.0.255".
func (r Range) String() string { return r.From.String() + "-" + r.To.String() }

// Contains reports whether an address is in the range. An IPv4 address written as an
// IPv6 one is the IPv4 address.
func (r Range) Contains(a netip.Addr) bool {
	a = a.Unmap()
	return a.BitLen() == r.From.BitLen() && r.From.Compare(a) <= 0 && a.Compare(r.To) <= 0
}

// Peer is one side of a connection: an End, or with End nil a Range of addresses
// that are no pod's.
type Peer struct {
	End   *End
	Range Range
}

// Of is the peer that is an End.
func Of(e *End) Peer { return Peer{End: e} }

// Outside is the peer that is one address outside the cluster.
func Outside(a netip.Addr) Peer {
	a = a.Unmap().WithZone("")
	return Peer{Range: Range{From: a, To: a}}
}

// String renders the End or the Range.
func (p Peer) String() string {
	if p.End != nil {
		return p.End.String()
	}
	return p.Range.String()
}

// Connection is what can be opened from one peer to another over the ports From to
// To. In a list the port range is as wide as it can be, and so are the addresses.
type Connection struct {
	Src, Dst Peer
	Protocol Protocol
	From, To uint16
	Verdict  Verdict
}
