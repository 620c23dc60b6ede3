package netpol

import (
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Direction is the side of a connection at which a policy decides.
type Direction uint8

// The directions: Egress is decided at the source, Ingress at the destination.
const (
	Egress Direction = iota
	Ingress
)

// String is "egress" or "ingress".
func (d Direction) String() string {
	if d == Ingress {
		return "ingress"
	}
	return "egress"
}

// MarshalText implements encoding.TextMarshaler.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Tier is a group of policies that are asked together, in the order of the values.
type Tier uint8

// The tiers. Beyond are rules that hold before every policy: a pod reaches itself.
const (
	Beyond            Tier = iota
	AdminTier              // AdminNetworkPolicy, and ClusterNetworkPolicy of tier Admin
	NetworkPolicyTier      // NetworkPolicy
	BaselineTier           // BaselineAdminNetworkPolicy, and ClusterNetworkPolicy of tier Baseline
	DefaultTier            // no policy decided: Kubernetes lets everything through
)

// String is the name used in reports.
func (t Tier) String() string {
	switch t {
	case Beyond:
		return "always"
	case AdminTier:
		return "Admin"
	case NetworkPolicyTier:
		return "NetworkPolicy"
	case BaselineTier:
		return "Baseline"
	default:
		return "default"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (t Tier) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Effect is what one policy does to a connection.
type Effect uint8

// The effects.
const (
	NoMatch  Effect = iota // it selects the pod, and says nothing of this connection
	Allows                 // a rule lets it through
	Denies                 // a rule forbids it
	Passes                 // a rule hands it on to the next tier
	Isolates               // it selects the pod, so that what no rule allows is denied
	Perhaps                // what it does depends on something that is not known
	LeftOpen               // what it does is left to the network plugin
)

// String is the word used in reports.
func (e Effect) String() string {
	switch e {
	case Allows:
		return "allows"
	case Denies:
		return "denies"
	case Passes:
		return "passes"
	case Isolates:
		return "isolates"
	case Perhaps:
		return "perhaps"
	case LeftOpen:
		return "left open"
	default:
		return "no match"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (e Effect) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// Reason is what one policy, or the absence of any, says of a connection.
type Reason struct {
	Tier     Tier
	Priority int32            // of admin policies
	Policy   *snapshot.Object // nil in the tiers Beyond and DefaultTier
	Rule     int              // index in the policy's rules of that direction; -1 for the policy as a whole
	Effect   Effect
	Decides  bool   // the verdict of the direction rests on it
	Text     string // one sentence, lower case
	Evidence []model.Evidence
}

// Side is what the policies of one direction say, in the order in which they are
// asked.
type Side struct {
	Direction Direction
	Verdict   Verdict
	Reasons   []Reason
}

// Remedy is a change after which the verdict would be another one.
type Remedy struct {
	Direction Direction
	Policy    *snapshot.Object // that would change; nil for a new one
	Text      string
}

// Explanation is a verdict with everything that it rests on: first the side of the
// source, then that of the destination.
type Explanation struct {
	Connection Connection // From and To are the port that was asked for
	Verdict    Verdict
	Sides      []Side // none for an end that reaches itself
	Remedies   []Remedy
}
