package reach

import "holdfast.dev/holdfast/internal/analysis/netpol"

// Verdict is what all layers together say of a connection. The zero value is Unknown.
type Verdict uint8

// The verdicts.
const (
	Unknown     Verdict = iota // something that decides was not supplied or not understood
	Denied                     // some layer forbids it
	Undefined                  // the API leaves open what a network plugin makes of it
	Conditional                // some requests are let through: the condition says which
	Allowed                    // every layer lets it through
)

// String is the word used in reports.
func (v Verdict) String() string {
	switch v {
	case Denied:
		return "denied"
	case Undefined:
		return "undefined"
	case Conditional:
		return "conditional"
	case Allowed:
		return "allowed"
	default:
		return "unknown"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

func ofPolicies(v netpol.Verdict) Verdict {
	switch v {
	case netpol.Denied:
		return Denied
	case netpol.Allowed:
		return Allowed
	case netpol.Undefined:
		return Undefined
	default:
		return Unknown
	}
}
