package engine

import (
	"fmt"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
)

// longest is how far ahead an exception may expire.
const longest = 365 * 24 * time.Hour

// Exceptions are findings that somebody accepted for a while, as written in a
// file:
//
//	apiVersion: holdfast.dev/v1
//	kind: Exceptions
//	exceptions:
//	  - control: host-network
//	    object: monitoring/node-exporter[DaemonSet]   # * stands for any run of characters
//	    owner: platform@example.com
//	    reason: reads the node's counters
//	    expires: 2027-06-30
type Exceptions struct {
	file    string
	entries []exception
}

type exception struct {
	control, object string
	accepted        model.Exception
}

// exceptionsFile is the file as written.
type exceptionsFile struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Exceptions []struct {
		Control string `json:"control"`
		Object  string `json:"object"`
		Owner   string `json:"owner"`
		Reason  string `json:"reason"`
		Expires string `json:"expires"`
	} `json:"exceptions"`
}

// ParseExceptions reads an exceptions file. known reports whether a control id
// exists. An exception without owner, reason or expiry, or that would last longer
// than 365 days from now, is an error: who accepts a risk says so in full.
func ParseExceptions(file string, data []byte, known func(string) bool, now time.Time) (*Exceptions, error) {
	var parsed exceptionsFile
	if err := yaml.UnmarshalStrict(data, &parsed); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if parsed.APIVersion != "holdfast.dev/v1" || parsed.Kind != "Exceptions" {
		return nil, fmt.Errorf("read %s: it must start with apiVersion: holdfast.dev/v1 and kind: Exceptions", file)
	}
	e := &Exceptions{file: file}
	for i, entry := range parsed.Exceptions {
		expires, err := time.Parse(time.DateOnly, entry.Expires)
		switch {
		case entry.Control == "" || entry.Object == "" || strings.TrimSpace(entry.Owner) == "" || strings.TrimSpace(entry.Reason) == "":
			err = fmt.Errorf("control, object, owner, reason and expires are all needed")
		case !known(entry.Control):
			err = fmt.Errorf("there is no control %q", entry.Control)
		case err != nil:
			err = fmt.Errorf("expires %q: write it as 2027-06-30", entry.Expires)
		case expires.Sub(now) > longest:
			err = fmt.Errorf("expires %s: at most 365 days ahead (%s)", entry.Expires, now.Add(longest).Format(time.DateOnly))
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: exceptions[%d]: %w", file, i, err)
		}
		e.entries = append(e.entries, exception{
			control: entry.Control, object: entry.Object,
			accepted: model.Exception{Owner: entry.Owner, Reason: entry.Reason, Expires: expires, Source: file},
		})
	}
	return e, nil
}

// accepted is one application of exceptions to the findings of a scan.
type accepted struct {
	*Exceptions // nil for none
	now         time.Time
	used        []bool
}

func apply(e *Exceptions, now time.Time) *accepted {
	a := &accepted{Exceptions: e, now: now}
	if e != nil {
		a.used = make([]bool, len(e.entries))
	}
	return a
}

// match returns the exception that covers a finding, or nil. It holds through the
// day that it names.
func (a *accepted) match(f *model.Finding) *model.Exception {
	if a.Exceptions == nil {
		return nil
	}
	for i := range a.entries {
		entry := &a.entries[i]
		if entry.control != f.Control || !matches(entry.object, f.Object.ID.String()) {
			continue
		}
		a.used[i] = true
		if !expired(entry.accepted.Expires, a.now) {
			return &entry.accepted
		}
	}
	return nil
}

func expired(expires, now time.Time) bool { return !now.Before(expires.Add(24 * time.Hour)) }

// matches compares a pattern, in which * stands for any run of characters, with
// the whole text.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

// ExceptionExpired and ExceptionUnused are the controls on the exceptions file.
const (
	ExceptionExpired = "exception-expired"
	ExceptionUnused  = "exception-unused"
)

// Controls documents the controls that the engine itself judges.
func Controls() []model.Control {
	return []model.Control{
		{
			ID: ExceptionExpired, Title: "Exception has expired", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "The risk was accepted until a day that has passed. What it covered is reported again.",
			Remediation: "Mend what it covered, or have its owner accept the risk anew with a new date.",
			References:  []model.Reference{model.CWE("CWE-1053")},
		},
		{
			ID: ExceptionUnused, Title: "Exception covers nothing", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "Nothing fails any more where this exception applies, or its pattern is wrong. Left in place it will hide the next finding of that control.",
			Remediation: "Remove it, or correct the control and the object pattern.",
			References:  []model.Reference{model.CWE("CWE-1164")},
		},
	}
}

// report makes the findings on the exceptions themselves.
func (a *accepted) report() ([]model.Finding, []model.Tally) {
	if a.Exceptions == nil {
		return nil, nil
	}
	var findings []model.Finding
	tallies := []model.Tally{{Control: ExceptionExpired}, {Control: ExceptionUnused}}
	for i := range a.entries {
		entry := &a.entries[i]
		over, unused := expired(entry.accepted.Expires, a.now), !a.used[i]
		if over {
			findings = append(findings, a.finding(i, ExceptionExpired, model.Medium, "expires", entry.accepted.Expires.Format(time.DateOnly),
				fmt.Sprintf("the exception of %s for %s expired on %s", entry.object, entry.control, entry.accepted.Expires.Format(time.DateOnly))))
		}
		if unused {
			findings = append(findings, a.finding(i, ExceptionUnused, model.Low, "object", entry.object,
				fmt.Sprintf("no finding of %s matches %s", entry.control, entry.object)))
		}
		tallies[0].Count[outcome(over)]++
		tallies[1].Count[outcome(unused)]++
	}
	return findings, tallies
}

func outcome(fails bool) model.Outcome {
	if fails {
		return model.Fail
	}
	return model.Pass
}

func (e *Exceptions) finding(i int, control string, severity model.Severity, field, value, message string) model.Finding {
	entry := &e.entries[i]
	object := model.Ref{ID: model.ID{Group: "holdfast.dev", Kind: "Exceptions", Name: e.file}, Version: "v1"}
	return model.Finding{
		Control: control, Key: entry.control + " " + entry.object, Message: message, Object: object, Severity: severity,
		Evidence: []model.Evidence{{Object: object, Path: model.Path("exceptions").Index(i).Child(field), Value: value, File: e.file}},
	}
}
