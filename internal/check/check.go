// Package check runs checks: functions that judge one object at a time. A check
// says what fails; what passes, what is unknown and what does not apply follows
// from what the check read.
package check

import (
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Check is one control and the code that judges it.
//
// On names the kinds that Run is called for, as "Pod" or "apps/Deployment";
// workload.Kinds() for everything that makes pods, AllKinds() for every object.
// Run must be pure: it reads through the Case and calls Fail, Unknown or Skip. When it calls none of them the
// object passes, unless the View met something that was not completely known, or
// the object itself was only partly understood: then the outcome is Unknown.
type Check struct {
	model.Control
	On   []string
	Only *Filter // nil for every object of those kinds
	Run  func(*Case)
}

// Filter rules objects out for the many checks that share it, at the cost of one:
// it is asked once for each object. To what it rules out the control does not apply.
// Applies must look at nothing but the object.
type Filter struct{ Applies func(*snapshot.Object) bool }

// AllKinds is the On of checks of what every object has: its name, and where and
// under which API version it was written. They are called for objects whose content
// could not be understood too, and must not decode what they judge.
func AllKinds() []string { return []string{"*"} }

func (c *Check) onAllKinds() bool { return len(c.On) == 1 && c.On[0] == "*" }

// GroupKinds parses On. It is empty for AllKinds.
func (c *Check) GroupKinds() []snapshot.GroupKind {
	if c.onAllKinds() {
		return nil
	}
	kinds := make([]snapshot.GroupKind, len(c.On))
	for i, name := range c.On {
		if group, kind, ok := strings.Cut(name, "/"); ok {
			kinds[i] = snapshot.GroupKind{Group: group, Kind: kind}
		} else {
			kinds[i] = snapshot.GroupKind{Kind: name}
		}
	}
	return kinds
}

// Case is one object before one check.
type Case struct {
	*snapshot.View
	Object *snapshot.Object

	control  *model.Control
	findings []model.Finding
	unknown  bool
	skipped  bool
}

// Workload returns the object as a workload. Checks on workload.Kinds() get one
// always: the runner does not call them for objects that cannot be decoded.
func (c *Case) Workload() *workload.Workload { return workload.Of(c.View, c.Object) }

// Unknown says that the object cannot be judged.
func (c *Case) Unknown() { c.unknown = true }

// Skip says that the control does not apply to the object.
func (c *Case) Skip() { c.skipped = true }

// Failure is a finding under construction: Fail makes one, its methods complete it.
type Failure struct {
	c *Case
	i int
}

// Fail reports a finding on the object. key tells apart several findings of the
// control on one object (a container's name, a volume's) and must not be an index;
// it is "" when there can be only one. The message says what is wrong here, in one
// line, without repeating the control's title word by word.
func (c *Case) Fail(key, format string, args ...any) Failure {
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	c.findings = append(c.findings, model.Finding{
		Control: c.control.ID, Key: key, Message: message, Object: c.Object.Ref, Severity: c.control.Severity,
	})
	return Failure{c: c, i: len(c.findings) - 1}
}

// Failed returns the finding that the check reported under a key before, to add
// evidence to it: one ConfigMap that is missed in three places is one finding.
func (c *Case) Failed(key string) (Failure, bool) {
	for i := range c.findings {
		if c.findings[i].Key == key {
			return Failure{c: c, i: i}, true
		}
	}
	return Failure{}, false
}

func (f Failure) finding() *model.Finding { return &f.c.findings[f.i] }

// At adds a field of the object as evidence. value is printed with fmt; nil says
// that the field is not set. Pass values as they are, never a secret.
func (f Failure) At(path model.Path, value any) Failure { return f.In(f.c.Object, path, value) }

// In adds a field of another object as evidence.
func (f Failure) In(object *snapshot.Object, path model.Path, value any) Failure {
	finding := f.finding()
	finding.Evidence = append(finding.Evidence, object.Evidence(path, Text(value)))
	return f
}

// Shown adds evidence that an analysis found.
func (f Failure) Shown(evidence ...model.Evidence) Failure {
	finding := f.finding()
	finding.Evidence = append(finding.Evidence, evidence...)
	return f
}

// Severity overrides the control's severity for this finding.
func (f Failure) Severity(severity model.Severity) Failure {
	f.finding().Severity = severity
	return f
}

// Lower makes this finding one severity less than the control's.
func (f Failure) Lower() Failure {
	f.finding().Severity = max(model.Info, f.c.control.Severity-1)
	return f
}

// Fix adds a way to close the finding; several are alternatives. Effort is 1 for
// a field that can be set without looking, up to 5 for a change of the application.
func (f Failure) Fix(effort int, title string, patches ...model.Patch) Failure {
	finding := f.finding()
	finding.Fixes = append(finding.Fixes, model.Fix{Title: title, Effort: effort, Patches: patches})
	return f
}

// Set makes the patch that sets a field of an object.
func Set(object *snapshot.Object, path model.Path, value any) model.Patch {
	return model.Patch{Object: object.Ref, Op: model.Set, Path: path, Value: model.JSON(value)}
}

// Add makes the patch that appends to a list of an object.
func Add(object *snapshot.Object, path model.Path, value any) model.Patch {
	return model.Patch{Object: object.Ref, Op: model.Add, Path: path, Value: model.JSON(value)}
}

// Remove makes the patch that removes a field of an object.
func Remove(object *snapshot.Object, path model.Path) model.Patch {
	return model.Patch{Object: object.Ref, Op: model.Remove, Path: path}
}

// Text renders a value as evidence: pointers are followed, nil is "", lists are
// joined by commas.
func Text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case *string:
		return text(v)
	case *bool:
		return text(v)
	case *int32:
		return text(v)
	case *int64:
		return text(v)
	case []string:
		return strings.Join(v, ", ")
	default:
		return fmt.Sprint(value)
	}
}

func text[T any](pointer *T) string {
	if pointer == nil {
		return ""
	}
	return fmt.Sprint(*pointer)
}
