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
	steps := ground(v)
	steps = sorted(append(steps, newChain(v, steps).derive()...))
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

// ground lists what the techniques yield by themselves.
func ground(v *snapshot.View) []model.Step {
	var steps []model.Step
	list := techniques.All()
	first := slices.IndexFunc(list, func(t attack.Technique) bool { return t.ID == allPermissions })
	list[first].Steps(v, func(step model.Step) { steps = append(steps, step) })
	everything := givenBy(steps)
	others := slices.Delete(list, first, first+1)
	attack.Ground(v, others, func(h *rbac.Holding) bool { return !everything.impliesHolding(h) }, func(step model.Step) {
		if !everything.impliesStep(&step) {
			steps = append(steps, step)
		}
	})
	return steps
}

func subjectOf(step *model.Step) model.ID { return step.Needs[0].Object }

// sorted orders steps by who, what and how.
func sorted(steps []model.Step) []model.Step {
	ranks := map[string]int{} // from the most to the least
	for i, yield := range attack.Yields() {
		ranks[string(yield)] = i
	}
	order := make([]*model.Step, len(steps))
	for i := range steps {
		order[i] = &steps[i]
	}
	slices.SortStableFunc(order, func(a, b *model.Step) int {
		if by := subjectOf(a).Compare(subjectOf(b)); by != 0 {
			return by
		}
		if by := cmp.Compare(ranks[a.Yields.Kind], ranks[b.Yields.Kind]); by != 0 {
			return by
		}
		return cmp.Or(
			a.Yields.Object.Compare(b.Yields.Object),
			strings.Compare(a.Technique, b.Technique),
			strings.Compare(a.Yields.Detail, b.Yields.Detail),
			slices.Compare(a.Conditions, b.Conditions),
		)
	})
	result := make([]model.Step, len(order))
	for i, step := range order {
		result[i] = *step
	}
	return result
}

// everything are, by subject, the bindings that let it do everything where they count.
type everything map[model.ID]map[model.ID]bool

// givenBy finds them in the steps of allPermissions.
func givenBy(steps []model.Step) everything {
	all := everything{}
	for i := range steps {
		subject := subjectOf(&steps[i])
		if all[subject] == nil {
			all[subject] = map[model.ID]bool{}
		}
		all[subject][steps[i].Evidence[0].Object.ID] = true
	}
	return all
}

// implied reports whether bindings give a subject nothing that it has not anyway
// through those that let it do everything: in the whole cluster whatever else is
// needed, in a namespace what needs nothing from elsewhere.
func implied(by map[model.ID]bool, bindings []model.ID) bool {
	if bindings[0].Namespace == "" && by[bindings[0]] {
		return true
	}
	return !slices.ContainsFunc(bindings, func(object model.ID) bool { return !by[object] })
}

func (e everything) impliesHolding(h *rbac.Holding) bool {
	by := e[attack.SubjectID(h.Subject)]
	if len(by) == 0 {
		return false
	}
	bindings := make([]model.ID, len(h.Grants))
	for i := range h.Grants {
		bindings[i] = h.Grants[i].Binding.ID
	}
	return implied(by, bindings)
}

func (e everything) impliesStep(step *model.Step) bool {
	by := e[subjectOf(step)]
	return len(by) > 0 && implied(by, bindingsOf(step))
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
