package mesh

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Transport says how connections travel. The zero value is TransportUnknown.
type Transport uint8

// The transports. MutualTLS: every connection that works is encrypted, and both ends
// know each other. PlaintextPossible: the server is part of a mesh and takes a
// connection of this client in the clear. Broken: none works, because one end wants
// mutual TLS and the other does not speak it. NotMeshed: the server is no part of a
// mesh; what the application encrypts itself is not known.
const (
	TransportUnknown Transport = iota
	MutualTLS
	PlaintextPossible
	Broken
	NotMeshed
)

// String is "mtls", "plaintext-possible", "broken", "not-meshed" or "unknown".
func (t Transport) String() string {
	return [...]string{"unknown", "mtls", "plaintext-possible", "broken", "not-meshed"}[t]
}

// MarshalText is String.
func (t Transport) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Access says whether connections are let through. The zero value is AccessUnknown.
type Access uint8

// The accesses. Conditional: some requests, as a condition says. Undefined: what
// Kubernetes leaves open to the network plugin decides.
const (
	AccessUnknown Access = iota
	Denied
	Conditional
	Undefined
	Allowed
)

// String is the word for it in lower case.
func (a Access) String() string {
	return [...]string{"unknown", "denied", "conditional", "undefined", "allowed"}[a]
}

// MarshalText is String.
func (a Access) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Reason is one thing that decides, and where it stands. Object is nil for what no
// object says: a default. Open reasons leave a verdict Unknown.
type Reason struct {
	Text   string
	Object *snapshot.Object
	Path   model.Path
	Value  string
	Open   bool
}

// Evidence is where the reason stands, or false for a default.
func (r *Reason) Evidence() (model.Evidence, bool) {
	if r.Object == nil {
		return model.Evidence{}, false
	}
	return r.Object.Evidence(r.Path, r.Value), true
}

// Hop is a connection on the wire that a way needs: what a NetworkPolicy sees. To is
// nil where the waypoint's pods are not known.
type Hop struct {
	From, To *Workload // From nil: a client that is no workload of the snapshot
	Port     uint16
	Or       uint16 // the port that it may be instead, where the version of the mesh is not known; 0 for none
}

// Ports are the port of the hop, or both that it may be.
func (h *Hop) Ports() []uint16 {
	if h.Or == 0 {
		return []uint16{h.Port}
	}
	return []uint16{h.Port, h.Or}
}

// Way is one way to connect: through a Service, or to the address of a pod.
type Way struct {
	Service   *snapshot.Object // nil: directly to the pod
	Waypoint  *snapshot.Object // the waypoint that the connection passes, or nil
	Transport Transport
	Access    Access
	Condition string // of a Conditional access: what a request must fulfil
	Identity  string // the identity of the client that the server sees; "" for none
	Unguarded bool   // it passes the proxy of the server by: no policy of the mesh has a say
	Hops      []Hop
	Reasons   []Reason
}

// Verdict is what a mesh makes of the connections of one client to one port of a
// workload. Access is that of the best way, since a client may take any, and
// Transport covers the ways that are not denied.
type Verdict struct {
	Transport Transport
	Access    Access
	Condition string
	Ways      []Way
}

// combine folds the ways into a verdict.
func combine(ways []Way) Verdict {
	verdict := Verdict{Access: Denied, Ways: ways}
	var conditions []string
	var open, perhaps, barred []Transport
	for i := range ways {
		w := &ways[i]
		switch {
		case w.Transport == Broken:
			continue
		case w.Access == Denied:
			barred = append(barred, w.Transport)
		case w.Access == AccessUnknown:
			perhaps = append(perhaps, w.Transport)
		default:
			open = append(open, w.Transport)
		}
		verdict.Access = eitherAccess(verdict.Access, w.Access)
		if w.Access == Conditional {
			conditions = appendNew(conditions, w.Condition)
		}
	}
	if verdict.Access == Conditional {
		verdict.Condition = anyOf(conditions)
	}
	switch {
	case len(open) > 0:
		verdict.Transport = worstTransport(open)
		if worstTransport(append(perhaps, verdict.Transport)) != verdict.Transport {
			verdict.Transport = TransportUnknown
		}
	case len(perhaps) > 0:
		verdict.Transport = perhaps[0]
		if slices.ContainsFunc(perhaps, func(t Transport) bool { return t != perhaps[0] }) {
			verdict.Transport = TransportUnknown
		}
	case len(barred) > 0:
		verdict.Transport = worstTransport(barred)
	case len(ways) > 0:
		verdict.Transport = Broken
	}
	return verdict
}

// eitherAccess is that of two ways of which a client takes the better one.
func eitherAccess(a, b Access) Access {
	for _, access := range []Access{Allowed, AccessUnknown, Conditional, Undefined} {
		if a == access || b == access {
			return access
		}
	}
	return Denied
}

// bothAccess is that of two guards that a connection must pass.
func bothAccess(a, b Access) Access {
	for _, access := range []Access{Denied, AccessUnknown, Undefined, Conditional} {
		if a == access || b == access {
			return access
		}
	}
	return Allowed
}

func worstTransport(transports []Transport) Transport {
	worst := MutualTLS
	for _, t := range transports {
		switch {
		case t == PlaintextPossible || worst == PlaintextPossible:
			worst = PlaintextPossible
		case t == TransportUnknown || worst == TransportUnknown:
			worst = TransportUnknown
		case t != MutualTLS:
			worst = t
		}
	}
	return worst
}

func appendNew(list []string, text string) []string {
	for _, have := range list {
		if have == text {
			return list
		}
	}
	return append(list, text)
}

// anyOf joins conditions of which one is enough. The order in which ways stand says nothing.
func anyOf(conditions []string) string {
	if len(conditions) == 1 {
		return conditions[0]
	}
	grouped := make([]string, len(conditions))
	for i, c := range conditions {
		grouped[i] = c
		if strings.Contains(c, " and ") || strings.Contains(c, " or ") {
			grouped[i] = "(" + c + ")"
		}
	}
	slices.Sort(grouped)
	return strings.Join(grouped, " or ")
}
