// Package attacktest holds what every technique must satisfy, proved on the fixture
// beside it: that it yields what is written down with the evidence for it, that it
// yields nothing where a permission is missing, and that missing data never turns
// into a step.
//
// A fixture is a txtar archive named after the technique's id (create_pods.txtar for
// create-pods). Its sections:
//
//	bad.yaml, bad-2.yaml ...    each one snapshot in which somebody gets something
//	good.yaml, good-2.yaml ...  each one snapshot in which nobody does
//	want                        the steps of all bad sections, in order
//
// Settings stand in the comment at the top, as package checktest has them. Subjects
// that the bootstrap policy of Kubernetes names are left out.
package attacktest

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/check/checktest"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Run proves one technique on its fixture in dir; with update the section "want" is
// rewritten.
func Run(t *testing.T, technique attack.Technique, dir string, update bool) {
	t.Helper()
	documented(t, technique)
	path := filepath.Join(dir, checktest.FixtureName(technique.ID))
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatalf("every technique needs a fixture beside it: %v", err)
	}
	f := &fixture{t: t, technique: technique, comment: string(archive.Comment), yields: map[attack.Yield]bool{}}
	for _, section := range archive.Files {
		f.section(section.Name, section.Data)
	}
	if f.bad == 0 || f.good == 0 {
		t.Errorf("%s: needs a bad and a good section, has %d and %d", path, f.bad, f.good)
	}
	for _, yield := range technique.Yields {
		if !f.yields[yield] {
			t.Errorf("%s: no section shows that it yields %s", path, yield)
		}
	}
	checktest.Compare(t, archive, path, f.found.Bytes(), update)
}

func documented(t *testing.T, technique attack.Technique) {
	t.Helper()
	checktest.Documented(t, technique.Control)
	if !slices.ContainsFunc(technique.References, func(r model.Reference) bool { return r.Catalogue == "MITRE" }) {
		t.Errorf("%s: names no technique of MITRE ATT&CK", technique.ID)
	}
	if len(technique.References) < 2 {
		t.Errorf("%s: needs a reference that shows how it works, beside MITRE's", technique.ID)
	}
	if len(technique.Needs) == 0 || len(technique.Yields) == 0 {
		t.Errorf("%s: needs or yields nothing", technique.ID)
	}
}

type fixture struct {
	t         *testing.T
	technique attack.Technique
	comment   string
	bad, good int
	yields    map[attack.Yield]bool
	found     bytes.Buffer
}

func (f *fixture) section(name string, data []byte) {
	if name == "want" {
		return
	}
	s := checktest.Understood(f.t, f.comment, name, data)
	steps := f.steps(s)
	kind, _, _ := strings.Cut(strings.TrimSuffix(name, filepath.Ext(name)), "-")
	switch kind {
	case "bad":
		f.bad++
		if len(steps) == 0 {
			f.t.Errorf("%s: nobody gets anything", name)
		}
		for i := range steps {
			f.write(name, &steps[i])
		}
	case "good":
		f.good++
		for i := range steps {
			f.t.Errorf("%s: %s must not get %s %s", name, steps[i].Needs[0].Object, steps[i].Yields.Kind, steps[i].Yields.Object)
		}
	default:
		f.t.Errorf("section %q: name it bad, good (with -NAME) or want", name)
	}
	f.dropEachKind(name, s, steps)
}

// steps are those of the subjects that the fixture names itself.
func (f *fixture) steps(s *snapshot.Snapshot) []model.Step {
	var steps []model.Step
	f.technique.Steps(s.View(), func(step model.Step) {
		if len(step.Evidence) > 0 && step.Evidence[0].File == "" {
			return // the bootstrap policy's
		}
		steps = append(steps, step)
	})
	return steps
}

func (f *fixture) write(section string, step *model.Step) {
	yield := attack.Yield(step.Yields.Kind)
	f.yields[yield] = true
	if !slices.Contains(f.technique.Yields, yield) {
		f.t.Errorf("%s: yields %s, which the technique does not list", section, yield)
	}
	if len(step.Evidence) == 0 {
		f.t.Errorf("%s: %s has no evidence", section, step.Needs[0].Object)
	}
	possible := ""
	if step.Possible {
		possible = " (possible)"
		if len(step.Conditions) == 0 {
			f.t.Errorf("%s: a possible step says what is not known", section)
		}
	}
	fmt.Fprintf(&f.found, "%s: %s yields %s %s%s\n", section, attack.SubjectOf(step.Needs[0].Object), yield, attack.Target(step.Yields), possible)
	for _, condition := range step.Conditions {
		fmt.Fprintf(&f.found, "  if %s\n", condition)
	}
	for _, evidence := range step.Evidence {
		fmt.Fprintf(&f.found, "  %s:%d %s = %s\n", evidence.File, evidence.Line, evidence.Path, evidence.Value)
	}
}

// dropEachKind hides one kind after the other and demands that nobody gets anything
// for certain that he did not before, and that what somebody got stays possible:
// unless what is hidden are the roles and bindings themselves, without which nothing
// is known at all.
func (f *fixture) dropEachKind(name string, s *snapshot.Snapshot, steps []model.Step) {
	certain := map[string]bool{}
	for i := range steps {
		if !steps[i].Possible {
			certain[fact(&steps[i])] = true
		}
	}
	for _, gk := range s.Kinds() {
		after := f.steps(checktest.Without(s, gk))
		for i := range after {
			if !after[i].Possible && !certain[fact(&after[i])] {
				f.t.Errorf("%s: without %s there is a new step: %s", name, gk, fact(&after[i]))
			}
		}
		if gk.Group != rbacv1.GroupName {
			f.staysPossible(name, gk, steps, after)
		}
	}
}

// staysPossible demands that each subject still gets each yield, if only possibly.
func (f *fixture) staysPossible(name string, hidden snapshot.GroupKind, before, after []model.Step) {
	for i := range before {
		b := &before[i]
		if !slices.ContainsFunc(after, func(a model.Step) bool { return a.Needs[0] == b.Needs[0] && a.Yields.Kind == b.Yields.Kind }) {
			f.t.Errorf("%s: without %s a step is gone that may still be there: %s", name, hidden, fact(b))
		}
	}
}

func fact(step *model.Step) string {
	return fmt.Sprintf("%s yields %s %s", step.Needs[0].Object, step.Yields.Kind, attack.Target(step.Yields))
}
