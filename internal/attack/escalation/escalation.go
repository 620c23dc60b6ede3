// Package escalation says what each subject of a cluster can make of its
// permissions: every technique grounded, and what follows for the whole cluster.
package escalation

import (
	"cmp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/attack/techniques"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// allPermissions is the technique of those who may do everything: of them the
// others say nothing new.
const allPermissions = "all-permissions"

// Steps lists what the subjects that bindings name can make of their permissions,
// sorted by subject, yield, target and technique. What a subject has through its
// groups stands with the group. Where a step leads to an identity that can take
// over the cluster, the same technique also yields Admin: the Detail of that fact
// says through whom. The slice must not be changed.
func Steps(v *snapshot.View) []model.Step { return all.Of(v, struct{}{}).steps }

// Of lists what a subject can do, through its groups too.
func Of(v *snapshot.View, s rbac.Subject) []model.Step {
	found := all.Of(v, struct{}{})
	var steps []model.Step
	for _, member := range s.Memberships() {
		for _, i := range found.bySubject[attack.SubjectID(member)] {
			steps = append(steps, found.steps[i])
		}
	}
	return steps
}

// Through lists the steps that a binding is needed for.
func Through(v *snapshot.View, binding model.ID) []*model.Step {
	found := all.Of(v, struct{}{})
	var steps []*model.Step
	for _, i := range found.byBinding[binding] {
		steps = append(steps, &found.steps[i])
	}
	return steps
}

// Stock reports whether the default policy gives a subject its own part of a step: the
// bindings that name it and their roles are the API server's, and nothing was added to
// them. What it has besides, as a member of a group, is the group's to answer for.
func Stock(v *snapshot.View, step *model.Step) bool {
	subject := attack.SubjectOf(subjectOf(step))
	user := rbac.Subject{Kind: rbacv1.UserKind, Name: subject.Identities().User}
	own := false // whether the evidence is about a binding that names the subject
	evidence := attack.Own(step)
	for i := range evidence {
		e := &evidence[i]
		if isBinding(e.Object.ID) && e.Path != "roleRef" {
			own = e.Value == subject.String() || e.Value == user.String()
		}
		if !own || e.Object.Group != rbacv1.GroupName {
			continue
		}
		if object, presence := v.Find(e.Object.ID); presence == snapshot.Present && !rbac.IsStock(object) {
			return false
		}
	}
	return true
}

// set are all steps of a snapshot.
type set struct {
	steps                []model.Step
	bySubject, byBinding map[model.ID][]int
}

var all = snapshot.Memo[struct{}, *set]{Name: "escalation.all", Compute: func(v *snapshot.View, _ struct{}) *set {
	steps := withoutImplied(ground(v))
	steps = append(steps, newChain(v, steps).derive()...)
	slices.SortStableFunc(steps, compare)
	result := &set{steps: steps, bySubject: map[model.ID][]int{}, byBinding: map[model.ID][]int{}}
	for i := range steps {
		subject := subjectOf(&steps[i])
		result.bySubject[subject] = append(result.bySubject[subject], i)
		for _, binding := range bindingsOf(&steps[i]) {
			result.byBinding[binding] = append(result.byBinding[binding], i)
		}
	}
	return result
}}

func ground(v *snapshot.View) []model.Step {
	var steps []model.Step
	for _, technique := range techniques.All() {
		technique.Steps(v, func(step model.Step) { steps = append(steps, step) })
	}
	return steps
}

func subjectOf(step *model.Step) model.ID { return step.Needs[0].Object }

func compare(a, b model.Step) int {
	return cmp.Or(
		subjectOf(&a).Compare(subjectOf(&b)),
		cmp.Compare(rank(&a), rank(&b)),
		a.Yields.Object.Compare(b.Yields.Object),
		strings.Compare(a.Technique, b.Technique),
		strings.Compare(a.Yields.Detail, b.Yields.Detail),
		strings.Compare(strings.Join(a.Conditions, "\n"), strings.Join(b.Conditions, "\n")),
	)
}

// rank orders yields from the most to the least.
func rank(step *model.Step) int {
	return slices.Index(attack.Yields(), attack.Yield(step.Yields.Kind))
}

// everything is a binding that lets a subject do everything where it counts.
type everything struct{ subject, binding model.ID }

// withoutImplied leaves out what a binding gives a subject whom it lets do everything
// anyway: in the whole cluster whatever else is needed, in a namespace what needs
// nothing from elsewhere.
func withoutImplied(steps []model.Step) []model.Step {
	all := map[everything]bool{}
	for i := range steps {
		if steps[i].Technique == allPermissions {
			all[everything{subjectOf(&steps[i]), steps[i].Evidence[0].Object.ID}] = true
		}
	}
	return slices.DeleteFunc(steps, func(step model.Step) bool {
		if step.Technique == allPermissions {
			return false
		}
		subject := subjectOf(&step)
		if first := step.Evidence[0].Object.ID; first.Namespace == "" && all[everything{subject, first}] {
			return true
		}
		return !slices.ContainsFunc(bindingsOf(&step), func(binding model.ID) bool { return !all[everything{subject, binding}] })
	})
}

// bindingsOf are the bindings that the permissions of a step come from. Those of
// whom a derived step goes through come after its own and are not among them.
func bindingsOf(step *model.Step) []model.ID {
	var bindings []model.ID
	evidence := attack.Own(step)
	for i := range evidence {
		e := &evidence[i]
		if id := e.Object.ID; isBinding(id) && !slices.Contains(bindings, id) {
			bindings = append(bindings, id)
		}
	}
	return bindings
}

func isBinding(id model.ID) bool {
	return id.Kind == "ClusterRoleBinding" || id.Kind == "RoleBinding"
}
