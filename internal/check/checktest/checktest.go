// Package checktest holds what every check must satisfy, proved on the fixture
// beside it: that the bad examples fail with the evidence written down, that the
// good ones pass, that fixes close what they are offered for, and that missing
// data never turns into a pass or a finding.
//
// A fixture is a txtar archive named after the control's id (latest_tag.txtar for
// latest-tag). Its sections:
//
//	bad.yaml, bad-2.yaml, bad.json ...  each one snapshot in which the control fails
//	good.yaml, good-2.yaml ...          each one snapshot in which it passes
//	na.yaml ...                         each one snapshot in which it does not apply
//	want                                the findings of all bad sections, in order
//
// The comment at the top of the archive may hold settings, one a line:
// "version: 1.30" (default the newest known), "gates: NAME=true NAME=false" (feature
// gates), "now: 2026-10-01" (default not known)
// and "live: true" (the snapshot is a running cluster in which every kind was
// listed). Secrets are taken out of the objects as a source does. Settings for one section only
// are written "good-2.yaml live: true".
package checktest

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Run proves one check on its fixture. dir is internal/check; with update the
// section "want" is rewritten.
func Run(t *testing.T, c check.Check, dir string, update bool) {
	t.Helper()
	Documented(t, c.Control)
	if len(c.On) == 0 {
		t.Errorf("%s: On is empty", c.ID)
	}
	path := filepath.Join(dir, string(c.Layer), FixtureName(c.ID))
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatalf("every check needs a fixture beside it: %v", err)
	}
	f := &fixture{t: t, check: c, comment: string(archive.Comment)}
	for _, section := range archive.Files {
		f.section(section.Name, section.Data)
	}
	if f.bad == 0 || f.good == 0 {
		t.Errorf("%s: needs a bad and a good section, has %d and %d", path, f.bad, f.good)
	}
	Compare(t, archive, path, f.found.Bytes(), update)
}

type fixture struct {
	t         *testing.T
	check     check.Check
	comment   string
	bad, good int
	found     bytes.Buffer
}

func (f *fixture) section(name string, data []byte) {
	if name == "want" {
		return
	}
	s := Understood(f.t, f.comment, name, data)
	findings, outcomes := judge(s, f.check)
	kind, _, _ := strings.Cut(strings.TrimSuffix(name, filepath.Ext(name)), "-")
	switch kind {
	case "bad":
		f.bad++
		f.expectBad(name, s, findings)
	case "good":
		f.good++
		f.expectNone(name, findings)
		if !outcomes.has(model.Pass) {
			f.t.Errorf("%s: nothing passes: %v", name, outcomes)
		}
	case "na":
		f.expectNone(name, findings)
		if outcomes.has(model.Pass) || outcomes.has(model.Unknown) {
			f.t.Errorf("%s: should not apply: %v", name, outcomes)
		}
	default:
		f.t.Errorf("section %q: name it bad, good, na (with -NAME) or want", name)
	}
	f.dropEachKind(name, s, findings, outcomes)
}

func (f *fixture) expectBad(name string, s *snapshot.Snapshot, findings []model.Finding) {
	if len(findings) == 0 {
		f.t.Errorf("%s: nothing fails", name)
	}
	fingerprints := map[string]bool{}
	for i := range findings {
		finding := &findings[i]
		if len(finding.Evidence) == 0 {
			f.t.Errorf("%s: %q has no evidence", name, finding.Message)
		}
		if fingerprint := finding.Fingerprint(); fingerprints[fingerprint] {
			f.t.Errorf("%s: %q: two findings have the key %q", name, finding.Message, finding.Key)
		} else {
			fingerprints[fingerprint] = true
		}
		fmt.Fprintf(&f.found, "%s %s %s\n", finding.Severity, finding.Object.ID, finding.Message)
		for _, evidence := range finding.Evidence {
			fmt.Fprintf(&f.found, "  %s:%d %s = %s\n", evidence.File, evidence.Line, evidence.Path, evidence.Value)
		}
		for _, fix := range finding.Fixes {
			fmt.Fprintf(&f.found, "  fix: %s\n", fix.Title)
			f.expectFixed(name, s, finding, fix)
		}
	}
}

func (f *fixture) expectNone(name string, findings []model.Finding) {
	for i := range findings {
		f.t.Errorf("%s: %s must not fail: %s %v", name, findings[i].Object.ID, findings[i].Message, findings[i].Evidence)
	}
}

// expectFixed applies a fix and demands that its finding is gone.
func (f *fixture) expectFixed(name string, s *snapshot.Snapshot, finding *model.Finding, fix model.Fix) {
	if len(fix.Patches) == 0 {
		return
	}
	changes, err := s.Resolve(fix.Patches...)
	if err != nil {
		f.t.Errorf("%s: fix %q of %q cannot be applied: %v", name, fix.Title, finding.Message, err)
		return
	}
	after, _ := judge(s.With(changes...), f.check)
	for i := range after {
		if after[i].Fingerprint() == finding.Fingerprint() {
			f.t.Errorf("%s: fix %q does not close %q: %v", name, fix.Title, finding.Message, after[i].Evidence)
		}
	}
}

// dropEachKind hides one kind after the other and demands that nothing passes and
// nothing fails that did not before.
func (f *fixture) dropEachKind(name string, s *snapshot.Snapshot, findings []model.Finding, outcomes outcomes) {
	known := map[string]bool{}
	for i := range findings {
		known[findings[i].Fingerprint()] = true
	}
	for _, gk := range s.Kinds() {
		after, then := judge(Without(s, gk), f.check)
		for i := range after {
			if !known[after[i].Fingerprint()] {
				f.t.Errorf("%s: without %s there is a new finding: %s", name, gk, after[i].Message)
			}
		}
		for id, outcome := range then {
			if outcome == model.Pass && outcomes[id] != model.Pass {
				f.t.Errorf("%s: without %s, %s passes; before it was %s", name, gk, id, outcomes[id])
			}
		}
	}
}

type outcomes map[model.ID]model.Outcome

func (o outcomes) has(outcome model.Outcome) bool {
	for _, each := range o {
		if each == outcome {
			return true
		}
	}
	return false
}

func judge(s *snapshot.Snapshot, c check.Check) ([]model.Finding, outcomes) {
	var mutex sync.Mutex
	all := outcomes{}
	findings, _, _ := check.Run(s, []check.Check{c}, check.Options{Observe: func(_ *check.Check, object *snapshot.Object, outcome model.Outcome) {
		mutex.Lock()
		defer mutex.Unlock()
		all[object.ID] = outcome
	}})
	result := model.Result{Findings: findings}
	result.Sort()
	return result.Findings, all
}
