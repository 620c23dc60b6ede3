package cluster

import (
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/attack/escalation"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// bindingKinds are the objects that give permissions.
func bindingKinds() []string {
	return []string{"rbac.authorization.k8s.io/ClusterRoleBinding", "rbac.authorization.k8s.io/RoleBinding"}
}

// roleKinds are the objects that hold permissions.
func roleKinds() []string {
	return []string{"rbac.authorization.k8s.io/ClusterRole", "rbac.authorization.k8s.io/Role"}
}

// gain is what one subject gets through one binding.
type gain struct {
	subject rbac.Subject
	index   int // in the binding's subjects
	steps   []*model.Step
}

// judgeGains fails bindings through which a subject gets a yield for certain. What
// the API server itself gives its components is not judged. matters says whether a
// step is worth a finding.
func judgeGains(yield attack.Yield, matters func(*gain, *model.Step) bool, does string) func(*check.Case) {
	return func(c *check.Case) {
		if rbac.IsStock(c.Object) {
			c.Skip()
			return
		}
		// Techniques look at most of the cluster, little of which matters to one
		// binding: where it does and was not read, they say that a step is possible.
		steps := escalation.Through(c.View.Aside(), c.Object.ID)
		for _, step := range steps {
			if step.Possible && step.Yields.Kind == string(yield) {
				c.Unknown()
			}
		}
		knownRBAC(c)
		for _, g := range gains(c, steps, yield) {
			g.steps = slices.DeleteFunc(g.steps, func(s *model.Step) bool { return !matters(g, s) })
			if len(g.steps) > 0 {
				failGain(c, g, does)
			}
		}
	}
}

// knownRBAC demands all roles and bindings: what is not known of them may give a
// subject the rest of what a technique needs.
func knownRBAC(c *check.Case) {
	for _, kind := range append(bindingKinds(), roleKinds()...) {
		_, name, _ := strings.Cut(kind, "/")
		c.Complete(model.Scope{Group: rbacv1.GroupName, Kind: name})
	}
}

// gains are what the subjects of a binding get of a yield for certain. What somebody
// gets who has a part of it as member of a group is told of his own binding.
func gains(c *check.Case, steps []*model.Step, yield attack.Yield) []*gain {
	var found []*gain
	for _, step := range steps {
		if step.Possible || step.Yields.Kind != string(yield) {
			continue
		}
		subject := attack.SubjectOf(step.Needs[0].Object)
		i := slices.IndexFunc(found, func(g *gain) bool { return g.subject == subject })
		if i < 0 {
			index, ok := subjectIndex(c, step, subject)
			if !ok {
				continue
			}
			i = len(found)
			found = append(found, &gain{subject: subject, index: index})
		}
		found[i].steps = append(found[i].steps, step)
	}
	return found
}

// subjectIndex finds the subject of a step in the binding.
func subjectIndex(c *check.Case, step *model.Step, subject rbac.Subject) (int, bool) {
	for i := range step.Evidence {
		e := &step.Evidence[i]
		var index int
		if e.Object.ID != c.Object.ID || e.Value != subject.String() && e.Value != userOf(subject) {
			continue
		}
		if _, err := fmt.Sscanf(string(e.Path), "subjects[%d]", &index); err == nil {
			return index, true
		}
	}
	return 0, false
}

// userOf is how a binding names a service account by the user that it is.
func userOf(s rbac.Subject) string {
	return rbac.Subject{Kind: rbacv1.UserKind, Name: s.Identities().User}.String()
}

// shownTechniques is how many techniques a finding names and shows the evidence of,
// one step each; the command rbac escalations has all.
const shownTechniques = 6

// failGain reports a gain, one severity lower where it stays within a namespace or
// rests on something that no snapshot shows.
func failGain(c *check.Case, g *gain, does string) {
	var techniques, ways []string
	evidence := make([]model.Evidence, 0, 8) // of most findings
	full := false
	for _, step := range g.steps {
		full = full || attack.Scope(step.Yields) == "cluster" && len(step.Conditions) == 0
		if slices.Contains(techniques, step.Technique) {
			continue
		}
		techniques = append(techniques, step.Technique)
		if len(techniques) > shownTechniques {
			continue
		}
		ways = append(ways, wayOf(step))
		for _, e := range step.Evidence {
			if !slices.Contains(evidence, e) {
				evidence = append(evidence, e)
			}
		}
	}
	more := ""
	if extra := len(techniques) - len(ways); extra > 0 {
		more = fmt.Sprintf(" and %d more", extra)
	}
	path := model.Path("subjects").Index(g.index)
	failure := c.Fail(g.subject.String(), "%s %s: %s%s", g.subject, does, strings.Join(ways, "; "), more)
	failure.Shown(evidence...)
	if !full {
		failure.Lower()
	}
	failure.Fix(4, fmt.Sprintf("Take %s out of the binding", g.subject), check.Remove(c.Object, path))
}

// wayOf says how a step does it: "create-pods in shop through ServiceAccount a/b".
func wayOf(step *model.Step) string {
	way := step.Technique
	if detail := step.Yields.Detail; detail != "" {
		way += " " + detail
	} else if step.Yields.Object.Kind != "" {
		way += " (" + attack.Target(step.Yields) + ")"
	}
	if len(step.Conditions) > 0 {
		way += ", if " + strings.Join(step.Conditions, " and ")
	}
	return way
}

// always is for yields that are worth a finding wherever they count.
func always(*gain, *model.Step) bool { return true }

// beyondOwn leaves out what people and groups get in the namespace that a
// RoleBinding gives them: it is theirs to run. Pods are not people: for service
// accounts it counts.
func beyondOwn(g *gain, step *model.Step) bool {
	return g.subject.Kind == rbacv1.ServiceAccountKind || attack.Scope(step.Yields) == "cluster"
}

// beyondEvents leaves out, besides what beyondOwn does, that service accounts can
// forge the events that they record: every controller records some, and nobody can
// take that away.
func beyondEvents(g *gain, step *model.Step) bool {
	return beyondOwn(g, step) && (g.subject.Kind != rbacv1.ServiceAccountKind || !strings.HasPrefix(step.Technique, "forge-events"))
}
