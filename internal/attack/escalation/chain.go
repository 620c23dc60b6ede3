package escalation

import (
	"cmp"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// chain finds who can take over the cluster through somebody who can.
type chain struct {
	view         *snapshot.View
	steps        []model.Step
	admins       map[model.ID]*admin
	sorted       []*admin         // those to be reached: what is best known first
	controlPlane *snapshot.Object // a node of it, if pods can run there
	reached      map[model.Fact][]reached
}

// reached is an admin of this round that a yield leads to.
type reached struct {
	*admin
	reach reach
}

func newChain(v *snapshot.View, steps []model.Step) *chain {
	return &chain{view: v, steps: steps, admins: map[model.ID]*admin{}, reached: map[model.Fact][]reached{}, controlPlane: controlPlaneNode(v)}
}

// way is one technique of one subject.
type way struct {
	subject   model.ID
	technique string
}

// derive returns the steps that yield Admin through somebody else. It goes by
// rounds: the steps of one lead to those who became admin in an earlier one, so
// that each way is a shortest. What is only possible comes last, where nothing is
// certain.
func (c *chain) derive() []model.Step {
	direct := map[way]bool{}
	for i := range c.steps {
		if step := &c.steps[i]; step.Yields.Kind == string(attack.Admin) {
			c.addAdmin(step)
			direct[way{subjectOf(step), step.Technique}] = true
		}
	}
	var derived []model.Step
	for {
		c.sort()
		round := c.round(direct, false)
		before := len(c.admins)
		for i := range round {
			c.addAdmin(&round[i])
		}
		derived = append(derived, round...)
		if len(c.admins) == before {
			return append(derived, c.round(direct, true)...)
		}
	}
}

// round finds the ways to those who are admin by now, certain or possible ones, and
// notes them in done.
func (c *chain) round(done map[way]bool, possible bool) []model.Step {
	var found []model.Step
	for i := range c.steps {
		step := &c.steps[i]
		key := way{subjectOf(step), step.Technique}
		if done[key] {
			continue
		}
		if next, ok := c.through(step); ok && (possible || next.Possible == step.Possible) {
			done[key] = true
			found = append(found, next)
		}
	}
	return found
}

// addAdmin notes the subject of a step that yields Admin. What is only possible is
// nothing to build on.
func (c *chain) addAdmin(step *model.Step) {
	id := subjectOf(step)
	if step.Possible || c.admins[id] != nil {
		return
	}
	a := &admin{id: id, how: step, exists: true}
	if id.Kind == rbacv1.ServiceAccountKind {
		a.look(c.view)
	}
	c.admins[id] = a
}

func (c *chain) sort() {
	c.sorted = c.sorted[:0]
	clear(c.reached)
	for _, a := range c.admins {
		if a.exists {
			c.sorted = append(c.sorted, a)
		}
	}
	slices.SortFunc(c.sorted, func(a, b *admin) int {
		return cmp.Or(cmp.Compare(len(a.conditions), len(b.conditions)), a.id.Compare(b.id))
	})
}

// through makes the step to Admin that a step opens, a certain one before one that is
// only possible.
func (c *chain) through(step *model.Step) (model.Step, bool) {
	if node := c.controlPlane; node != nil && step.Yields.Kind == string(attack.Node) && covers(step.Yields.Object, node.ID) {
		return c.next(step, "Node "+node.Name, []model.Evidence{node.Evidence(attack.Through, node.Name), node.Evidence(controlPlaneLabel, "")}, nil), true
	}
	for _, r := range c.reachedBy(step) {
		if r.id == subjectOf(step) {
			continue
		}
		evidence := slices.Concat([]model.Evidence{r.name()}, r.reach.evidence, r.how.Evidence)
		next := c.next(step, attack.SubjectOf(r.id).String(), evidence, slices.Concat(r.reach.unsure, r.conditions, r.how.Conditions))
		next.Possible = next.Possible || len(r.reach.unsure) > 0
		return next, true
	}
	return model.Step{}, false
}

// reachedBy finds the first two admins that what a step yields leads to for certain,
// since one of them may be its own subject, and then the first two that it may.
func (c *chain) reachedBy(step *model.Step) []reached {
	list, ok := c.reached[step.Yields]
	if ok {
		return list
	}
	var perhaps []reached
	for _, a := range c.sorted {
		r, ok := a.reachedBy(step)
		switch {
		case !ok:
		case len(r.unsure) == 0:
			list = append(list, reached{a, r})
		case len(perhaps) < 2:
			perhaps = append(perhaps, reached{a, r})
		}
		if len(list) == 2 {
			break
		}
	}
	list = append(list, perhaps...)
	c.reached[step.Yields] = list
	return list
}

func (c *chain) next(step *model.Step, through string, evidence []model.Evidence, conditions []string) model.Step {
	next := *step
	next.Yields = model.Fact{
		Kind: string(attack.Admin), Object: model.ID{Cluster: step.Yields.Object.Cluster}, Detail: "through " + through,
	}
	next.Evidence = append(slices.Clone(step.Evidence), evidence...)
	next.Conditions = slices.Clone(step.Conditions)
	for _, condition := range conditions {
		if !slices.Contains(next.Conditions, condition) {
			next.Conditions = append(next.Conditions, condition)
		}
	}
	return next
}
