package model

import "fmt"

// Severity says how much a finding matters to the one who runs the cluster.
// The zero value is Info.
type Severity uint8

// The severities, from least to most.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

// Severities lists every severity, most severe first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, Info} }

func severityNames() [5]string { return [5]string{"info", "low", "medium", "high", "critical"} }

// String is the lower-case word used in flags and reports.
func (s Severity) String() string {
	if int(s) >= len(severityNames()) {
		return fmt.Sprintf("severity(%d)", uint8(s))
	}
	return severityNames()[s]
}

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(text []byte) error {
	for i, name := range severityNames() {
		if name == string(text) {
			*s = Severity(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no severity: use critical, high, medium, low or info", text)
}

// Outcome is what a control says of one object. The zero value is Unknown, so
// that a verdict nobody gave is never a pass.
type Outcome uint8

// The outcomes.
const (
	Unknown Outcome = iota
	Pass
	Fail
	NotApplicable
)

func outcomeNames() [4]string { return [4]string{"unknown", "pass", "fail", "notApplicable"} }

// String is the word used in reports.
func (o Outcome) String() string {
	if int(o) >= len(outcomeNames()) {
		return fmt.Sprintf("outcome(%d)", uint8(o))
	}
	return outcomeNames()[o]
}

// MarshalText implements encoding.TextMarshaler.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, name := range outcomeNames() {
		if name == string(text) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no outcome", text)
}

// Op is what a Patch does. Set creates or replaces the value at the path and
// makes missing parents; Remove deletes it; Add appends to the list at the path.
type Op uint8

// The operations.
const (
	Set Op = iota
	Remove
	Add
)

func opNames() [3]string { return [3]string{"set", "remove", "add"} }

// String is the word used in reports.
func (o Op) String() string {
	if int(o) >= len(opNames()) {
		return fmt.Sprintf("op(%d)", uint8(o))
	}
	return opNames()[o]
}

// MarshalText implements encoding.TextMarshaler.
func (o Op) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Op) UnmarshalText(text []byte) error {
	for i, name := range opNames() {
		if name == string(text) {
			*o = Op(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no operation: use set, remove or add", text)
}
