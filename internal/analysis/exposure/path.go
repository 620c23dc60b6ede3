package exposure

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Way is the kind of door that a path enters by.
type Way uint8

// The ways.
const (
	LoadBalancer Way = iota
	NodePort
	ExternalIP
	HostPort
	HostNetwork
	Ingress
	Gateway
	Route        // of OpenShift
	IstioGateway // with a VirtualService
)

// String is the word used in reports.
func (w Way) String() string {
	names := [...]string{"load-balancer", "node-port", "external-ip", "host-port", "host-network", "ingress", "gateway", "route", "istio-gateway"}
	return names[w]
}

// MarshalText implements encoding.TextMarshaler.
func (w Way) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// Proxied reports whether a proxy ends the client's connection and opens one of its
// own to the pod: policies see the proxy, not the client.
func (w Way) Proxied() bool { return w >= Ingress }

// Audience is who can use a path. The zero value is Filtered, so that nothing is
// said of what nobody decided.
type Audience uint8

// The audiences.
const (
	Filtered       Audience = iota // restricted by something outside of the cluster that is not known
	Anyone                         // who can reach the address, which is a public one as far as is known
	Listed                         // only the ranges of Sources
	PrivateNetwork                 // who is in the network of the provider or of the company
	NodeNetwork                    // who can reach the address of a node
)

// String is the word used in reports.
func (a Audience) String() string {
	names := [...]string{"filtered", "anyone", "listed", "private-network", "node-network"}
	return names[a]
}

// MarshalText implements encoding.TextMarshaler.
func (a Audience) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Sources are those who can use a path.
type Sources struct {
	Audience Audience
	Ranges   []netip.Prefix // only these, of the audience; nil: all of it
	Except   []netip.Prefix // not these
}

// TLSMode says who ends the encryption of a path. The zero value is TLSUnknown.
type TLSMode uint8

// The modes.
const (
	TLSUnknown     TLSMode = iota // set up where it cannot be seen
	TLSNone                       // the door speaks plain text
	TLSByPod                      // the door forwards connections: what the pod speaks
	TLSPassthrough                // the door picks the pod by the name in the TLS handshake, and the pod decrypts
	TLSTerminated                 // the door decrypts, and speaks plain text with the pod
	TLSReencrypted                // the door decrypts, and encrypts again to the pod
)

// String is the word used in reports.
func (m TLSMode) String() string {
	names := [...]string{"unknown", "none", "pod", "passthrough", "terminated", "reencrypted"}
	return names[m]
}

// MarshalText implements encoding.TextMarshaler.
func (m TLSMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Plain says what a door that has TLS does with plain HTTP.
type Plain uint8

// The treatments of plain HTTP. One that is served is a path of its own.
const (
	PlainUnknown Plain = iota
	PlainRefused
	PlainRedirected
	PlainServed
)

// String is the word used in reports, "" for PlainUnknown.
func (p Plain) String() string {
	names := [...]string{"", "refused", "redirected", "served"}
	return names[p]
}

// MarshalText implements encoding.TextMarshaler.
func (p Plain) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// TLS is how a path is encrypted.
type TLS struct {
	Mode  TLSMode
	Plain Plain
}

// Target is where a path ends: a port of the pods of a workload, or of an address
// that is no known pod's.
type Target struct {
	Workload *workload.Workload // nil for an address
	// again are other definitions of the workload, in other files, that the path leads to.
	again    []*workload.Workload
	Address  netip.Addr
	Protocol corev1.Protocol
	Port     int32  // 0: any that a process of the pod listens on
	Name     string // of the port, where the path names it
}

// String renders "shop/web[Deployment]" or the address.
func (t *Target) String() string {
	if t.Workload != nil {
		return t.Workload.Object.ID.String()
	}
	return t.Address.String()
}

// Path is one way from outside to a port of pods.
type Path struct {
	Way       Way
	Entry     *snapshot.Object // that opens the door: a Service, an Ingress, a route, a workload
	Service   *snapshot.Object // that chooses the pods; nil where none does
	Addresses []string         // of the door, as far as they are known
	Host      string           // that requests must name; "" for any
	URL       string           // that requests must begin with or match; "" for any
	Protocol  corev1.Protocol
	Port      int32 // of the door; 0: chosen later, or any
	Sources   Sources
	TLS       TLS
	// ExternalTrafficPolicy and InternalTrafficPolicy are those of the Service. With
	// Local from outside pods see the client's address, with Cluster a node's.
	ExternalTrafficPolicy corev1.ServiceExternalTrafficPolicy
	InternalTrafficPolicy corev1.ServiceInternalTrafficPolicy
	Target                Target
	// Proxies are the workloads whose pods speak to the target in the client's place,
	// of a path that is Proxied, as far as they are known.
	Proxies []*workload.Workload
	// Possible: the path is there only if something is so that is not known. The last
	// conditions say what.
	Possible   bool
	Conditions []string // what must be so besides, and cannot be seen
	Evidence   []model.Evidence
}

// Broken is a door that leads to no pod.
type Broken struct {
	Way      Way
	Entry    *snapshot.Object
	Reason   string
	Evidence []model.Evidence
}

// comparePaths orders paths by target, way, entry, and then by what requests name; of
// those that are the same (samePath) by their evidence.
func comparePaths(a, b *Path) int {
	return cmp.Or(
		compareTargets(&a.Target, &b.Target),
		cmp.Compare(a.Way, b.Way),
		a.Entry.ID.Compare(b.Entry.ID),
		cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol),
		cmp.Compare(a.Host, b.Host), cmp.Compare(a.URL, b.URL),
		cmp.Compare(a.Target.Port, b.Target.Port), cmp.Compare(a.Target.Protocol, b.Target.Protocol),
		cmp.Compare(a.TLS.Mode, b.TLS.Mode), cmp.Compare(a.TLS.Plain, b.TLS.Plain),
		slices.Compare(a.Addresses, b.Addresses),
		compareSources(&a.Sources, &b.Sources),
		cmp.Compare(a.ExternalTrafficPolicy, b.ExternalTrafficPolicy),
		slices.Compare(a.Conditions, b.Conditions),
		compareEvidence(a.Evidence, b.Evidence),
	)
}

func compareSources(a, b *Sources) int {
	return cmp.Or(cmp.Compare(a.Audience, b.Audience),
		slices.CompareFunc(a.Ranges, b.Ranges, netip.Prefix.Compare), slices.CompareFunc(a.Except, b.Except, netip.Prefix.Compare))
}

// samePath reports whether two paths differ in nothing but where they are written.
func samePath(a, b *Path) bool {
	x, y := *a, *b
	x.Evidence, y.Evidence = nil, nil
	return comparePaths(&x, &y) == 0 && a.Possible == b.Possible
}

// joined drops paths that are written twice: files may hold an object more than once,
// and what each of them opens is one path.
func joined(sorted []Path) []Path {
	var kept []Path
	for i := range sorted {
		p, last := &sorted[i], len(kept)-1
		if last < 0 || !samePath(&kept[last], p) {
			kept = append(kept, *p)
			continue
		}
		to := &kept[last].Target
		if w := p.Target.Workload; w != nil && w != to.Workload && !slices.Contains(to.again, w) {
			to.again = append(to.again, w)
		}
	}
	return kept
}

func compareTargets(a, b *Target) int {
	switch {
	case a.Workload != nil && b.Workload != nil:
		return a.Workload.Object.ID.Compare(b.Workload.Object.ID)
	case a.Workload != nil:
		return -1
	case b.Workload != nil:
		return 1
	default:
		return a.Address.Compare(b.Address)
	}
}

func compareEvidence(a, b []model.Evidence) int {
	return slices.CompareFunc(a, b, func(a, b model.Evidence) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(string(a.Path), string(b.Path)), strings.Compare(a.Value, b.Value))
	})
}

func compareBroken(a, b *Broken) int {
	return cmp.Or(a.Entry.ID.Compare(b.Entry.ID), cmp.Compare(a.Way, b.Way), strings.Compare(a.Reason, b.Reason), compareEvidence(a.Evidence, b.Evidence))
}
