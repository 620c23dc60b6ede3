package generate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// Source says why a connection is allowed. The zero value is Observed.
type Source uint8

// The sources, of which the first that applies is told.
const (
	Observed     Source = iota // a flow was seen
	Declared                   // a manifest names the other side
	Exposed                    // an Ingress, a route or a Service lets somebody in from outside
	DNS                        // kept: names are looked up
	APIServer                  // kept: a workload with a token of its account
	Mesh                       // kept: a proxy connects to the control plane of its mesh
	KubeletProbe               // kept: the kubelet probes a pod of ambient mode
)

// String is the word used in reports.
func (s Source) String() string {
	switch s {
	case Declared:
		return "declared"
	case Exposed:
		return "exposed"
	case DNS:
		return "dns"
	case APIServer:
		return "api-server"
	case Mesh:
		return "mesh"
	case KubeletProbe:
		return "probe"
	default:
		return "observed"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// party is one side of a connection that is to be allowed: a workload, a block of
// addresses outside, every pod of a namespace, or everyone.
type party struct {
	unit   *unit
	block  netip.Prefix
	podsOf string // the name of a namespace; anyPods for all
	anyone bool
}

// anyPods is no name of a namespace.
const anyPods = "*"

// String renders the party as reports do.
func (p party) String() string {
	switch {
	case p.unit != nil:
		return p.unit.String()
	case p.anyone:
		return "anyone"
	case p.podsOf == anyPods:
		return "every pod"
	case p.podsOf != "":
		return "every pod of " + p.podsOf
	default:
		return p.block.String()
	}
}

func (p party) rank() int {
	switch {
	case p.unit != nil:
		return 0
	case p.podsOf != "":
		return 1
	case p.anyone:
		return 2
	default:
		return 3
	}
}

func (p party) compare(other party) int {
	return cmp.Or(
		cmp.Compare(p.rank(), other.rank()), compareUnits(p.unit, other.unit), strings.Compare(p.podsOf, other.podsOf),
		p.block.Addr().Compare(other.block.Addr()), cmp.Compare(p.block.Bits(), other.block.Bits()),
	)
}

// link is a connection to be allowed, without why.
type link struct {
	src, dst party
	protocol netpol.Protocol
	port     uint16
}

func (l link) compare(other link) int {
	return cmp.Or(l.src.compare(other.src), l.dst.compare(other.dst), cmp.Compare(l.protocol, other.protocol), cmp.Compare(l.port, other.port))
}

// Connection is one that the policies allow, and why. Several workloads that labels
// do not tell apart give one each.
type Connection struct {
	link
	Source   Source
	Evidence string // what says so: a field of an object; "" for flows
	Seen     Place  // the first line that shows it
	Count    int    // of the flows
	wire     []link // what policies see of it: nil for itself, of a way that is not known none
}

// Src names the side that opens the connection.
func (c *Connection) Src() string { return c.src.String() }

// Dst names the side that listens.
func (c *Connection) Dst() string { return c.dst.String() }

// Protocol is the transport protocol.
func (c *Connection) Protocol() netpol.Protocol { return c.protocol }

// Port is where the other side listens.
func (c *Connection) Port() uint16 { return c.port }

// Wire is what policies see of the connection where a mesh carries it otherwise: those
// of a tunnel, by way of a waypoint where there is one. Nil where they see itself.
func (c *Connection) Wire() []string {
	var list []string
	for _, l := range c.wire {
		list = append(list, l.String())
	}
	return list
}

// links is what policies see of the connection.
func (c *Connection) links() []link {
	if c.wire != nil {
		return c.wire
	}
	return []link{c.link}
}

// String renders the connection as "a to b on TCP 80".
func (c *Connection) String() string { return c.link.String() }

func (l link) String() string {
	return fmt.Sprintf("%s to %s on %s %d", l.src, l.dst, l.protocol, l.port)
}

// MarshalJSON implements json.Marshaler.
func (c *Connection) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Src      string          `json:"src"`
		Dst      string          `json:"dst"`
		Protocol netpol.Protocol `json:"protocol"`
		Port     uint16          `json:"port"`
		Source   Source          `json:"source"`
		Evidence string          `json:"evidence,omitempty"`
		File     string          `json:"file,omitempty"`
		Line     int             `json:"line,omitempty"`
		Count    int             `json:"flows,omitempty"`
		Wire     []link          `json:"wire,omitempty"`
	}{c.Src(), c.Dst(), c.protocol, c.port, c.Source, c.Evidence, c.Seen.File, c.Seen.Line, c.Count, c.wire})
}

// MarshalJSON implements json.Marshaler.
func (l link) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Src      string          `json:"src"`
		Dst      string          `json:"dst"`
		Protocol netpol.Protocol `json:"protocol"`
		Port     uint16          `json:"port"`
	}{l.src.String(), l.dst.String(), l.protocol, l.port})
}

func sortedLinks(set map[link]bool) []link {
	return slices.SortedFunc(maps.Keys(set), link.compare)
}

// connections is a set.
type connections map[link]*Connection

func (s connections) add(l link, source Source, evidence string, seen Place) {
	c := s[l]
	if c == nil {
		c = &Connection{link: l, Source: source, Evidence: evidence, Seen: seen}
		s[l] = c
	}
	if source == Observed {
		c.Count++
	}
	if source < c.Source {
		c.Source, c.Evidence, c.Seen = source, evidence, seen
	}
}

func (s connections) sorted() []*Connection {
	all := make([]*Connection, 0, len(s))
	for _, c := range s {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *Connection) int { return a.compare(b.link) })
	return all
}
