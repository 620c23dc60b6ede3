package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Result is what a scan found. Findings and Excepted are sorted by
// Finding.Compare, Controls by id, Gaps by Gap.Compare.
type Result struct {
	At       time.Time
	Objects  int // objects read, without implied ones
	Findings []Finding
	Excepted []Finding
	Controls []Tally
	Gaps     []Gap
	Paths    []AttackPath
}

// Sort puts every list into its canonical order, so that two results over the
// same input encode identically.
func (r *Result) Sort() {
	sortFindings(r.Findings)
	sortFindings(r.Excepted)
	slices.SortFunc(r.Controls, func(a, b Tally) int { return strings.Compare(a.Control, b.Control) })
	for i := range r.Controls {
		tally := &r.Controls[i]
		slices.SortFunc(tally.Unknown, func(a, b Ref) int { return cmp.Or(a.ID.Compare(b.ID), strings.Compare(a.Version, b.Version)) })
		slices.SortFunc(tally.Missing, Scope.Compare)
		tally.Missing = slices.Compact(tally.Missing)
	}
	slices.SortFunc(r.Gaps, Gap.Compare)
	r.Gaps = slices.Compact(r.Gaps)
}

// sortFindings sorts indexes and then moves each finding once, along the cycles of
// the permutation: findings are large.
func sortFindings(findings []Finding) {
	order := make([]int32, len(findings))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return findings[a].Compare(&findings[b]) })
	for start := range order {
		if order[start] < 0 {
			continue
		}
		first, at := findings[start], start
		for {
			from := int(order[at])
			order[at] = -1
			if from == start {
				findings[at] = first
				break
			}
			findings[at] = findings[from]
			at = from
		}
	}
}

// CountBySeverity counts findings, indexed by Severity.
func CountBySeverity(findings []Finding) [5]int {
	var counts [5]int
	for i := range findings {
		counts[findings[i].Severity]++
	}
	return counts
}

// Fact is an atom of the attack graph: "this subject can do that", "this pod is
// reached".
type Fact struct {
	Kind   string `json:"kind"`
	Object ID     `json:"object"`
	Detail string `json:"detail,omitempty"`
}

// Step is one Horn clause of the attack graph: all of Needs yield Yields at
// Cost. Possible marks a step that holds only if something unknown is so: what the
// snapshot would show if it were complete. Conditions say in words what must be so
// besides and no snapshot shows, and of a Possible step what was not known.
type Step struct {
	Technique  string     `json:"technique"`
	Needs      []Fact     `json:"needs"`
	Yields     Fact       `json:"yields"`
	Cost       float64    `json:"cost"`
	Possible   bool       `json:"possible,omitempty"`
	Conditions []string   `json:"conditions,omitempty"`
	Evidence   []Evidence `json:"evidence"`
	Fixes      []Fix      `json:"fixes,omitempty"`
}

// AttackPath is the cheapest derivation of Goal from Entry, steps in order.
type AttackPath struct {
	Entry Fact    `json:"entry"`
	Goal  Fact    `json:"goal"`
	Cost  float64 `json:"cost"`
	Steps []Step  `json:"steps"`
}

// Certificate is what an independent verifier needs to check that Patches close
// every path to Goals: the facts reached on the patched snapshot and the steps
// that were considered. Snapshot is the SHA-256 of the snapshot's saved form.
type Certificate struct {
	Snapshot   [32]byte `json:"snapshot"`
	Patches    []Patch  `json:"patches"`
	Techniques []string `json:"techniques"`
	Goals      []Fact   `json:"goals"`
	Reached    []Fact   `json:"reached"`
	Steps      []Step   `json:"steps"`
}

// JSON encodes v as the raw value of a Patch. It panics on a value that cannot
// be encoded, which only a programmer's error can produce.
func JSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("model.JSON: " + err.Error())
	}
	return raw
}
