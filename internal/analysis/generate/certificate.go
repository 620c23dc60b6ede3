package generate

// Proof says what became of the claim that exactly the connections are allowed. The
// zero value is Undecided.
type Proof uint8

// The outcomes of a proof.
const (
	Undecided Proof = iota // something that decides is not known or left to the network plugin
	Proved
	Refuted
)

// String is the word used in reports.
func (p Proof) String() string {
	switch p {
	case Proved:
		return "proved"
	case Refuted:
		return "refuted"
	default:
		return "unknown"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (p Proof) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Difference is a connection of which policies decide otherwise than was asked for.
type Difference struct {
	Connection string `json:"connection"`
	Reason     string `json:"reason"`
}

// Widening is a connection that nobody asked for and that cannot be told from one that
// was.
type Widening struct {
	Connection string `json:"connection"`
	Reason     string `json:"reason"`
}

// Certificate is what analysis/netpol says of the snapshot with the policies laid over
// it: about all workloads, all addresses outside, and in each namespace a pod that does
// not exist yet.
type Certificate struct {
	Exact   Proof  // what is allowed is what was asked for and what Widened lists
	Profile string // of the network plugin
	Checked int    // connections that were asked for or are a widening, each between two workloads or blocks, on one port

	Lost      []Difference // asked for, and denied
	Surplus   []Difference // not asked for, and allowed
	Uncertain []Difference // neither allowed nor denied
	More      int          // differences that are left out of the lists
	Widened   []Widening

	Irredundant Proof    // without any one part something that was asked for is denied, or something else allowed
	Parts       int      // rules, peers and ports that were taken away one by one
	Unchecked   int      // parts that were not tried, because they are too many
	Redundant   []string // parts without which the same is allowed

	Probes      []Probe  // that need no rule
	NotGoverned []string // workloads in the network of their nodes
	Replaced    []string // policies to delete: the proof takes them as gone
	Skipped     Skipped
	Notes       []string
}

const maxDifferences = 50

func (c *Certificate) lose(connection, reason string) {
	c.Lost = c.keep(c.Lost, connection, reason)
}

func (c *Certificate) exceed(connection, reason string) {
	c.Surplus = c.keep(c.Surplus, connection, reason)
}

func (c *Certificate) doubt(connection, reason string) {
	c.Uncertain = c.keep(c.Uncertain, connection, reason)
}

func (c *Certificate) keep(list []Difference, connection, reason string) []Difference {
	if len(list) >= maxDifferences {
		c.More++
		return list
	}
	return append(list, Difference{Connection: connection, Reason: reason})
}

// judge draws the conclusion from the differences.
func (c *Certificate) judge() {
	switch {
	case len(c.Lost)+len(c.Surplus) > 0:
		c.Exact = Refuted
	case len(c.Uncertain) == 0:
		c.Exact = Proved
	}
}

// judgeParts draws the conclusion from the parts, once they were tried.
func (c *Certificate) judgeParts() {
	switch {
	case len(c.Redundant) > 0:
		c.Irredundant = Refuted
	case c.Unchecked == 0 && c.Exact == Proved:
		c.Irredundant = Proved
	}
}
