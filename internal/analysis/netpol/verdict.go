package netpol

// Verdict is what policies say of a connection. The zero value is Unknown.
type Verdict uint8

// The verdicts.
const (
	Unknown   Verdict = iota // something that decides was not supplied or not understood
	Denied                   // one side's policies forbid it
	Allowed                  // both sides' policies let it through
	Undefined                // the API leaves open what a network plugin makes of it
)

// String is the word used in reports.
func (v Verdict) String() string {
	switch v {
	case Denied:
		return "denied"
	case Allowed:
		return "allowed"
	case Undefined:
		return "undefined"
	default:
		return "unknown"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// and combines what the two sides of a connection say: each can forbid it.
func (v Verdict) and(other Verdict) Verdict {
	switch {
	case v == Denied || other == Denied:
		return Denied
	case v == Unknown || other == Unknown:
		return Unknown
	case v == Undefined || other == Undefined:
		return Undefined
	default:
		return Allowed
	}
}
