// Package engine holds the use cases: from a snapshot and what the user asked for
// to a result.
package engine

import (
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Request is what the user asked for.
type Request struct {
	Checks      []check.Check
	Asked       []string       // controls that were asked for by name: their unknowns are gaps
	Namespace   string         // judge only this namespace; "" for all
	MinSeverity model.Severity // leave out findings below
	Exceptions  *Exceptions    // of the user; nil for none
	Baseline    Baseline       // nil for none: then everything is reported
	Edits       bool           // add edits of source files to fixes
	Now         time.Time      // to tell whether exceptions have expired
}

// Evaluate judges a snapshot.
func Evaluate(s *snapshot.Snapshot, request Request) *model.Result {
	findings, tallies, gaps := check.Run(s, request.Checks, check.Options{Namespace: request.Namespace})
	result := &model.Result{Controls: tallies, Gaps: append(s.Gaps(), gaps...)}
	for object := range s.All() {
		if !object.Implied {
			result.Objects++
		}
	}
	result.Gaps = append(result.Gaps, request.leftOut(s)...)
	stock := stockExceptions().byControl()
	accepted := apply(request.Exceptions, request.Now)
	kept := findings[:0]
	for i := range findings {
		finding := &findings[i]
		if finding.Exception = accepted.match(finding); finding.Exception == nil {
			finding.Exception = stock[finding.Control].match(s, finding)
		}
		switch {
		case finding.Exception != nil:
			result.Excepted = append(result.Excepted, *finding)
		case request.wants(finding):
			kept = append(kept, *finding)
		}
	}
	expired, controls := accepted.report()
	result.Findings = append(kept, slices.DeleteFunc(expired, func(f model.Finding) bool { return !request.wants(&f) })...)
	result.Controls = append(result.Controls, controls...)
	result.Gaps = append(result.Gaps, unanswered(tallies, request.Asked)...)
	if request.Edits {
		addEdits(s, result.Findings)
	}
	result.Sort()
	return result
}

// leftOut says what a namespace filter leaves out: everything, where nothing is in
// that namespace, and what belongs to none.
func (r *Request) leftOut(s *snapshot.Snapshot) []model.Gap {
	if r.Namespace == "" {
		return nil
	}
	found, nowhere := false, 0
	for object := range s.All() {
		switch {
		case object.Implied:
		case object.Namespace == r.Namespace, object.Group == "" && object.Kind == "Namespace" && object.Name == r.Namespace:
			found = true
		case object.Namespace == "" && object.Kind != "Namespace":
			nowhere++
		}
	}
	if !found {
		return []model.Gap{{
			Scope:  model.Scope{Namespace: r.Namespace},
			Reason: fmt.Sprintf("no object of the namespace %s was read: nothing was judged; check the name", r.Namespace),
		}}
	}
	if nowhere > 0 {
		return []model.Gap{{Skipped: true, Reason: fmt.Sprintf("%d objects that belong to no namespace were not judged: leave the namespace out to judge them", nowhere)}}
	}
	return nil
}

// wants reports whether a finding is severe and new enough to be reported.
func (r *Request) wants(f *model.Finding) bool {
	return f.Severity >= r.MinSeverity && !r.Baseline.has(f)
}

// unanswered turns the unknowns of controls that were asked for by name into gaps.
func unanswered(tallies []model.Tally, asked []string) []model.Gap {
	var gaps []model.Gap
	for _, tally := range tallies {
		if !slices.Contains(asked, tally.Control) || tally.Outcome() != model.Unknown {
			continue
		}
		if len(tally.Missing) == 0 {
			gaps = append(gaps, model.Gap{Reason: fmt.Sprintf("control %s could not judge %d objects", tally.Control, len(tally.Unknown))})
		}
		for _, scope := range tally.Missing {
			gaps = append(gaps, model.Gap{Scope: scope, Reason: fmt.Sprintf("control %s needs %s, which was not supplied", tally.Control, scope)})
		}
	}
	return gaps
}

// Baseline is what an earlier scan reported: the severity by fingerprint. A finding
// that has become more severe since is new.
type Baseline map[string]model.Severity

func (b Baseline) has(f *model.Finding) bool {
	if b == nil {
		return false
	}
	severity, known := b[f.Fingerprint()]
	return known && f.Severity <= severity
}
