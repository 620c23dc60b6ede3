package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/attack/escalation"
	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

// escalationFlags are the flags of rbac escalations.
type escalationFlags struct {
	questionFlags
	yields []string
	system bool
}

func (a *app) rbacEscalationsCommand() *cobra.Command {
	var f escalationFlags
	cmd := &cobra.Command{
		Use:   "escalations [SUBJECT]",
		Short: "List what subjects can make of their permissions",
		Long: `Escalations lists, for each subject that a binding names, the techniques that its
permissions allow and what each yields: admin (the cluster), node, subject (another
identity), namespace (what runs in it), secrets, sideways (what runs elsewhere),
integrity (what others rely on), denial. A step that leads to somebody who can take
over the cluster yields admin too, and says through whom. What must hold besides is a
condition; what could not be read makes a step possible only. Of a SUBJECT its groups
count. holdfast controls TECHNIQUE explains one.

What Kubernetes gives its own components is left out without --system.`,
		Example: `  holdfast rbac escalations
  holdfast rbac escalations sa:shop/web
  holdfast rbac escalations -f deploy/ --yields admin,node -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.escalations(cmd, &f, args)
		},
	}
	flags := cmd.Flags()
	f.questionFlags.add(flags)
	f.addNamespace(flags, "list only subjects and scopes of this namespace")
	f.addGates(flags)
	flags.StringSliceVar(&f.yields, "yields", nil, "list only what yields this: "+strings.Join(yieldNames(), ", "))
	flags.BoolVar(&f.system, "system", false, "list what the default policy of Kubernetes gives, too")
	return cmd
}

func yieldNames() []string {
	var names []string
	for _, yield := range attack.Yields() {
		names = append(names, string(yield))
	}
	return names
}

func (a *app) escalations(cmd *cobra.Command, f *escalationFlags, args []string) error {
	for _, yield := range f.yields {
		if !slices.Contains(yieldNames(), yield) {
			return fmt.Errorf("--yields: %q is none of %s", yield, strings.Join(yieldNames(), ", "))
		}
	}
	var subject *rbac.Subject
	if len(args) == 1 {
		parsed, err := parseSubject(args[0])
		if err != nil {
			return err
		}
		subject = &parsed
	}
	// Techniques look at what their targets are: at what controls read, which is almost
	// everything.
	return a.ask(cmd.Context(), &f.questionFlags, "", all.Reads(), func(v *snapshot.View) (report.Answer, error) {
		noteEscalations(v)
		return f.answer(v.Snapshot().View(), subject), nil
	})
}

// noteEscalations reads for a view what escalations rest on: all that RBAC consists
// of. Of everything else, what could not be read counts, and what was not supplied
// makes steps possible only.
func noteEscalations(v *snapshot.View) {
	inner := v.Snapshot().View()
	escalation.Steps(inner)
	for _, scope := range inner.Missing() {
		v.Unread(scope)
	}
	for _, gk := range rbacKinds() {
		v.Complete(model.Scope{Group: gk.Group, Kind: gk.Kind})
	}
}

func (f *escalationFlags) answer(v *snapshot.View, subject *rbac.Subject) report.Answer {
	question, steps := "What can subjects make of their permissions?", []model.Step(nil)
	if subject != nil {
		question, steps = "What can "+subject.String()+" make of its permissions?", escalation.Of(v, *subject)
	} else {
		steps = escalation.Steps(v)
	}
	items := []escalationItem{}
	var tables []report.AnswerTable
	columns := []string{"technique", "yields", "of", "through", "conditions", "where"}
	records := report.AnswerTable{Columns: append([]string{"subject"}, columns...)}
	for i := range steps {
		step := &steps[i]
		if !f.wants(v, step, subject != nil) {
			continue
		}
		items = append(items, itemOfStep(step))
		name, cells := attack.SubjectOf(step.Needs[0].Object).String(), stepCells(step)
		records.Rows = append(records.Rows, append(report.Cells(name), cells...))
		if len(tables) == 0 || tables[len(tables)-1].Title != name {
			tables = append(tables, report.AnswerTable{Title: name, Columns: columns})
		}
		last := &tables[len(tables)-1]
		last.Rows = append(last.Rows, cells)
	}
	reply := escalationReply(items)
	for _, gk := range rbacKinds() {
		if !v.Complete(model.Scope{Group: gk.Group, Kind: gk.Kind}) {
			reply += ", as far as is known; there may be others"
			break
		}
	}
	return report.Answer{
		Kind: "RBACEscalations", Question: question, Outcome: model.NotApplicable, Reply: reply,
		Items: items, Tables: tables, Records: &records,
	}
}

// wants reports whether the flags let a step through. asked says that its subject was
// asked for.
func (f *escalationFlags) wants(v *snapshot.View, step *model.Step, asked bool) bool {
	if len(f.yields) > 0 && !slices.Contains(f.yields, step.Yields.Kind) {
		return false
	}
	own := step.Needs[0].Object.Namespace
	if f.namespace != "" && own != f.namespace && attack.Scope(step.Yields) != "namespace/"+f.namespace {
		return false
	}
	return asked || f.system || !escalation.Stock(v, step)
}

// escalationItem is a step in documents.
type escalationItem struct {
	Subject    stepSubject      `json:"subject"`
	Technique  string           `json:"technique"`
	Yields     string           `json:"yields"`
	Scope      string           `json:"scope"`
	Target     model.ID         `json:"target"`
	Through    string           `json:"through,omitempty"`
	Conditions []string         `json:"conditions"`
	Possible   bool             `json:"possible"`
	Evidence   []model.Evidence `json:"evidence"`
}

// stepSubject is a subject with all its members: Namespace is empty for users and
// groups.
type stepSubject struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

func itemOfStep(step *model.Step) escalationItem {
	return escalationItem{
		Subject: stepSubject(attack.SubjectOf(step.Needs[0].Object)), Technique: step.Technique, Yields: step.Yields.Kind,
		Scope: attack.Scope(step.Yields), Target: step.Yields.Object, Through: throughOf(step),
		Conditions: append([]string{}, step.Conditions...), Possible: step.Possible, Evidence: evidenceOf(step),
	}
}

// evidenceOf says each thing once: one rule may give several of the permissions that
// a step needs.
func evidenceOf(step *model.Step) []model.Evidence {
	once := make([]model.Evidence, 0, len(step.Evidence))
	for _, e := range step.Evidence {
		if !slices.Contains(once, e) {
			once = append(once, e)
		}
	}
	return once
}

// throughOf names the identity or the node that a step to Admin leads through.
func throughOf(step *model.Step) string { return strings.TrimPrefix(step.Yields.Detail, "through ") }

func stepCells(step *model.Step) []report.Cell {
	var through []string
	if step.Yields.Detail != "" {
		through = []string{throughOf(step)}
	}
	yields := step.Yields.Kind
	if step.Possible {
		yields += " (possible)"
	}
	var where string
	var notes []string
	evidence := evidenceOf(step)
	for i := range evidence {
		e := &evidence[i]
		notes = append(notes, evidenceText(e))
		if strings.HasPrefix(string(e.Path), "rules[") && where == "" {
			where = e.Object.Name + " " + string(e.Path)
			if e.File != "" {
				where = fmt.Sprintf("%s:%d", e.File, e.Line)
			}
		}
	}
	return append(
		report.Cells(step.Technique, yields, attack.Target(step.Yields)),
		report.Cell{Text: strings.Join(through, ""), Parts: through},
		report.Cell{Text: strings.Join(step.Conditions, "; "), Parts: step.Conditions},
		report.Cell{Text: where, Notes: notes},
	)
}

func evidenceText(e *model.Evidence) string {
	text := e.Object.ID.String() + " " + string(e.Path)
	if e.Value != "" {
		text += " = " + e.Value
	}
	if e.File != "" {
		text += fmt.Sprintf(" (%s:%d)", e.File, e.Line)
	}
	return text
}

// escalationReply counts the subjects by the most that they get.
func escalationReply(items []escalationItem) string {
	most := map[stepSubject]int{}
	for i := range items {
		rank := slices.Index(yieldNames(), items[i].Yields)
		if known, ok := most[items[i].Subject]; !ok || rank < known {
			most[items[i].Subject] = rank
		}
	}
	if len(most) == 0 {
		return "no technique applies"
	}
	counts := make([]int, len(yieldNames()))
	for _, rank := range most {
		counts[rank]++
	}
	var parts []string
	for rank, count := range counts {
		if count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, yieldNames()[rank]))
		}
	}
	subjects := fmt.Sprintf("%d subjects, which get", len(most))
	if len(most) == 1 {
		subjects = "1 subject, which gets"
	}
	return fmt.Sprintf("%d steps of %s at most: %s", len(items), subjects, strings.Join(parts, ", "))
}
