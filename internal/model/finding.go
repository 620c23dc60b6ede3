package model

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Evidence is one fact that a person can check: the field of an object, its
// value as text (secrets already redacted; empty when the field is absent) and
// where it is written. File is a path, layer:path or audit:ID; Line is 1-based,
// 0 when unknown.
type Evidence struct {
	Object Ref    `json:"object"`
	Path   Path   `json:"path"`
	Value  string `json:"value"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
}

// Patch changes one field of one object. With Path "" it is the whole object:
// Set creates or replaces it, Remove deletes it.
type Patch struct {
	Object Ref             `json:"object"`
	Op     Op              `json:"op"`
	Path   Path            `json:"path"`
	Value  json.RawMessage `json:"value,omitempty"`
}

// Fix is a set of patches that belong together. Effort is a relative cost: 1 is
// a field that can be set without looking, 5 needs a change of the application.
// Edits are the same change as edits of source files, where the object stands in
// a file that can be edited and someone asked for them.
type Fix struct {
	Title   string  `json:"title"`
	Patches []Patch `json:"patches,omitempty"`
	Effort  int     `json:"effort"`
	Edits   []Edit  `json:"edits,omitempty"`
}

// Edit replaces a region of a text file. Lines and columns are 1-based, columns
// count characters (Unicode code points), and the end is exclusive: an insertion
// has start and end alike.
type Edit struct {
	File        string `json:"file"`
	StartLine   int    `json:"startLine"`
	StartColumn int    `json:"startColumn"`
	EndLine     int    `json:"endLine"`
	EndColumn   int    `json:"endColumn"`
	Text        string `json:"text"`
}

// Finding is one thing that is wrong with one object. Key tells apart several
// findings of one control on one object (a container, a CVE, a port) and is part
// of the fingerprint; indexes and lines are not. Fixes are alternatives.
type Finding struct {
	Control   string
	Key       string
	Message   string
	Object    Ref
	Severity  Severity
	At        time.Time
	Evidence  []Evidence
	Fixes     []Fix
	Exception *Exception // set on excepted findings only
}

// Fingerprint identifies the finding across runs, machines and versions of the
// object: 32 hexadecimal digits of SHA-256 over control, object identity and key.
func (f *Finding) Fingerprint() string {
	sum := sha256.New()
	for _, part := range []string{f.Control, f.Object.Cluster, f.Object.Group, f.Object.Kind, f.Object.Namespace, f.Object.Name, f.Key} {
		sum.Write([]byte(part))
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// Compare ranks findings: most severe first, then by control, object and key, and
// by evidence where several files define one object, so that no two runs differ.
func (f *Finding) Compare(other *Finding) int {
	// Step by step: a scan of a fleet sorts a million findings, and most differ early.
	if c := cmp.Compare(other.Severity, f.Severity); c != 0 {
		return c
	}
	if c := strings.Compare(f.Control, other.Control); c != 0 {
		return c
	}
	if c := f.Object.ID.Compare(other.Object.ID); c != 0 {
		return c
	}
	if c := cmp.Or(strings.Compare(f.Key, other.Key), strings.Compare(f.Message, other.Message), strings.Compare(f.Object.Version, other.Object.Version)); c != 0 {
		return c
	}
	return slices.CompareFunc(f.Evidence, other.Evidence, Evidence.compare)
}

func (e Evidence) compare(other Evidence) int {
	return cmp.Or(
		strings.Compare(e.File, other.File),
		cmp.Compare(e.Line, other.Line),
		strings.Compare(string(e.Path), string(other.Path)),
		strings.Compare(e.Value, other.Value),
	)
}

// Exception says who accepted a finding, why, and until when. A zero Expires
// marks one that Holdfast itself carries for a stock system component.
type Exception struct {
	Owner   string    `json:"owner"`
	Reason  string    `json:"reason"`
	Expires time.Time `json:"expires,omitzero"`
	Source  string    `json:"source"` // the file it stands in, or "built-in"
}

// Gap is something that could not be read, parsed, listed or decided. Every
// verdict that looked at Scope is Unknown.
//
// Refused marks input that was understood and judged although the API server
// would refuse it (an unquoted y where a string belongs): no verdict suffers, but
// the exit status says so. Skipped marks input that was met but not asked for (a
// values.yaml in a folder): it is listed, touches no verdict and does not change
// the exit status.
type Gap struct {
	Scope   Scope
	Reason  string
	File    string
	Line    int
	Refused bool
	Skipped bool
}

// Hides reports whether the gap makes verdicts on its scope Unknown.
func (g Gap) Hides() bool { return !g.Refused && !g.Skipped }

// Compare orders gaps: what was asked for first, then by file, line, scope and reason.
func (g Gap) Compare(other Gap) int {
	skipped := 0
	if g.Skipped != other.Skipped {
		skipped = -1
		if g.Skipped {
			skipped = 1
		}
	}
	return cmp.Or(skipped,
		strings.Compare(g.File, other.File),
		cmp.Compare(g.Line, other.Line),
		g.Scope.Compare(other.Scope),
		strings.Compare(g.Reason, other.Reason),
	)
}
