package attack

import (
	"slices"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Case is one subject in one place that has what a technique needs.
type Case struct {
	*snapshot.View
	rbac.Holding

	technique *Technique
	unsure    string // a condition that everything depends on
	grounding *grounding
	needs     []model.Fact     // shared by the steps
	evidence  []model.Evidence // of the grants, shared by the steps
}

// Everywhere reports whether the permissions count in the whole cluster.
func (c *Case) Everywhere() bool { return c.Namespace == "" }

// Yields says what the subject gets. Object names it: see Yield. Without conditions
// it gets it whatever else is so; a condition is a statement, in words, that must
// hold besides and that no snapshot shows ("the cluster runs the snapshot
// controller").
func (c *Case) Yields(yield Yield, object model.ID, conditions ...string) {
	c.step(yield, object, nil, false, conditions)
}

// Shown is Yields with more evidence: fields of other objects that make it so.
func (c *Case) Shown(yield Yield, object model.ID, evidence []model.Evidence, conditions ...string) {
	c.step(yield, object, evidence, false, conditions)
}

// Perhaps is Yields where the snapshot would show whether it is so, but was not
// completely known there: condition says what was not.
func (c *Case) Perhaps(yield Yield, object model.ID, conditions ...string) {
	c.step(yield, object, nil, true, conditions)
}

func (c *Case) step(yield Yield, object model.ID, evidence []model.Evidence, possible bool, conditions []string) {
	object.Cluster = c.Settings().Cluster
	if c.unsure != "" {
		conditions, possible = append(slices.Clone(conditions), c.unsure), true
	}
	if c.needs == nil {
		c.needs = []model.Fact{SubjectFact(c.Subject)}
		c.evidence = c.grounding.evidenceOf(c.Grants)
	}
	step := model.Step{
		Technique: c.technique.ID, Needs: c.needs, Yields: model.Fact{Kind: string(yield), Object: object},
		Conditions: conditions, Possible: possible, Evidence: c.evidence,
	}
	if len(evidence) > 0 {
		step.Evidence = slices.Concat(c.evidence, evidence)
	}
	c.grounding.emit(step)
}

// Steps grounds the technique in a snapshot. What a step points to is shared with
// others and must not be changed.
func (t *Technique) Steps(v *snapshot.View, emit func(model.Step)) {
	Ground(v, []Technique{*t}, func(*rbac.Holding) bool { return true }, emit)
}

// Ground grounds techniques in a snapshot, for those holders of what they need that
// are wanted. What a step points to is shared with others and must not be changed.
func Ground(v *snapshot.View, techniques []Technique, wanted func(*rbac.Holding) bool, emit func(model.Step)) {
	g := &grounding{emit: emit, evidence: map[grantKey][]model.Evidence{}}
	for i := range techniques {
		g.ground(v, &techniques[i], wanted)
	}
}

// grounding makes the evidence of a grant once: most are needed by many techniques.
type grounding struct {
	emit     func(model.Step)
	evidence map[grantKey][]model.Evidence
}

// grantKey names the rule that a subject has through a binding.
type grantKey struct {
	binding, source *snapshot.Object
	subject, rule   int
}

func (g *grounding) ground(v *snapshot.View, t *Technique, wanted func(*rbac.Holding) bool) {
	works, known := t.When.in(v)
	if !works {
		return
	}
	unsure := ""
	if !known {
		unsure = "the API server's feature gates allow it; its arguments are not completely known"
	}
	holders, _ := rbac.Holders(v, t.Needs...)
	for i := range holders {
		if wanted(&holders[i]) {
			t.Ground(&Case{View: v, Holding: holders[i], technique: t, unsure: unsure, grounding: g})
		}
	}
}

func (g *grounding) evidenceOf(grants []rbac.Grant) []model.Evidence {
	if len(grants) == 1 {
		return g.ofGrant(&grants[0])
	}
	all := make([]model.Evidence, 0, 3*len(grants))
	for i := range grants {
		all = append(all, g.ofGrant(&grants[i])...)
	}
	return all
}

func (g *grounding) ofGrant(grant *rbac.Grant) []model.Evidence {
	key := grantKey{grant.Binding, grant.Source, grant.SubjectIndex, grant.RuleIndex}
	evidence, ok := g.evidence[key]
	if !ok {
		evidence = slices.Clip(grant.Evidence())
		g.evidence[key] = evidence
	}
	return evidence
}
