package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

// effectiveFlags are the flags of rbac effective.
type effectiveFlags struct {
	questionFlags
	groups []string
}

func (a *app) rbacEffectiveCommand() *cobra.Command {
	var f effectiveFlags
	cmd := &cobra.Command{
		Use:   "effective SUBJECT",
		Short: "Show all that a subject may do, as a matrix of resources and verbs",
		Long: `Effective shows what a subject may do by rules, through all groups that it is in: one
table for the whole cluster, one for each namespace, and one for URLs. "yes" is a verb
that a rule of that row names, "*" one that a wildcard gives. Wildcards of rules have
rows of their own. In the page (-o html) each cell opens to the binding, the role and
the rule.`,
		Example: `  holdfast rbac effective sa:shop/web
  holdfast rbac effective user:jane --as-group developers -n shop
  holdfast rbac effective sa:shop/web -f deploy/ -o html > web.html`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			subject, err := parseSubject(args[0])
			if err != nil {
				return err
			}
			return a.ask(cmd.Context(), &f.questionFlags, f.namespace, rbacKinds(), func(v *snapshot.View) (report.Answer, error) {
				return a.effective(v, &f, subject), nil
			})
		},
	}
	f.questionFlags.add(cmd.Flags())
	f.addNamespace(cmd.Flags(), "show what counts in this namespace")
	cmd.Flags().StringSliceVar(&f.groups, "as-group", nil, "group that the subject is in besides, as its certificate or token says")
	return cmd
}

// rightItem is a right in documents.
type rightItem struct {
	Namespace string          `json:"namespace,omitempty"`
	Group     string          `json:"group"`
	Resource  string          `json:"resource,omitempty"`
	Names     []string        `json:"names"`
	URL       string          `json:"url,omitempty"`
	Verbs     []verbRightItem `json:"verbs"`
}

type verbRightItem struct {
	Verb   string      `json:"verb"`
	Grants []grantItem `json:"grants"`
}

func (a *app) effective(v *snapshot.View, f *effectiveFlags, subject rbac.Subject) report.Answer {
	who := subject.Identities().With(f.groups...)
	rights, complete := rbac.Effective(v, who, f.namespace)
	answer := report.Answer{
		Kind: "RBACRights", Question: "What can " + subject.String() + " do?", Outcome: model.NotApplicable, Legend: "yes: a rule of this row names the verb; *: a wildcard gives it",
		Tables: matrices(rights), Records: rightRecords(rights), Items: rightItems(rights),
	}
	var where []string
	for i := range rights {
		if scope := placeText(rights[i].Namespace); !slices.Contains(where, scope) {
			where = append(where, scope)
		}
	}
	switch {
	case slices.Contains(who.Groups, user.SystemPrivilegedGroup):
		answer.Reply = subject.String() + " may do everything: members of system:masters need no rule"
	case len(rights) == 0 && complete:
		answer.Reply = subject.String() + " may do nothing"
	case len(rights) == 0:
		answer.Reply = "nothing is known that " + subject.String() + " may do"
	default:
		answer.Reply = fmt.Sprintf("%s has rights in %s", subject, listText(where))
	}
	if complete {
		answer.Reply += a.stranger(v, who)
	}
	if !complete {
		answer.Outcome = model.Unknown
		answer.Reply += "; there may be more"
	}
	if slices.Contains(who.Groups, user.NodesGroup) {
		answer.Gaps = []model.Gap{{Reason: "the Node authorizer allows nodes more than rules do, and has no list of it: rbac can asks it"}}
	}
	return answer
}

func placeText(namespace string) string {
	if namespace == "" {
		return "the whole cluster"
	}
	return namespace
}

// listText is "the whole cluster, shop and 3 more".
func listText(names []string) string {
	const shown = 4
	if len(names) > shown+1 {
		return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return strings.Join(names, ", ")
}

func rightItems(rights []rbac.Right) []rightItem {
	items := make([]rightItem, len(rights))
	for i := range rights {
		r := &rights[i]
		items[i] = rightItem{Namespace: r.Namespace, Group: r.Group, Resource: r.Resource, Names: append([]string{}, r.Names...), URL: r.Path}
		for j := range r.Verbs {
			items[i].Verbs = append(items[i].Verbs, verbRightItem{Verb: r.Verbs[j].Verb, Grants: itemsOfGrants(r.Verbs[j].Grants)})
		}
	}
	return items
}

// rightRecords has one line for each verb and grant.
func rightRecords(rights []rbac.Right) *report.AnswerTable {
	records := &report.AnswerTable{Columns: append([]string{"scope", "group", "resource", "names", "url", "verb"}, grantColumns()...)}
	for i := range rights {
		r := &rights[i]
		for j := range r.Verbs {
			for k := range r.Verbs[j].Grants {
				fields := []string{scopeText(r.Namespace), r.Group, r.Resource, strings.Join(r.Names, " "), r.Path, r.Verbs[j].Verb}
				records.Rows = append(records.Rows, report.Cells(append(fields, grantFields(&r.Verbs[j].Grants[k])...)...))
			}
		}
	}
	return records
}

// matrices are one table for each scope, and one for URLs.
func matrices(rights []rbac.Right) []report.AnswerTable {
	var tables []report.AnswerTable
	urls := report.AnswerTable{Title: "URLs", Columns: []string{"url", "verbs"}}
	for len(rights) > 0 {
		count := 1
		for count < len(rights) && rights[count].Namespace == rights[0].Namespace {
			count++
		}
		scope := rights[:count]
		table := report.AnswerTable{Title: "In " + placeText(scope[0].Namespace), Columns: append(append([]string{"resource"}, rbac.ServedVerbs()...), "others")}
		given := indexRights(scope)
		for i := range scope {
			if r := &scope[i]; r.Path != "" {
				urls.Rows = append(urls.Rows, []report.Cell{{Text: r.Path}, verbsCell(r.Verbs)})
			} else {
				table.Rows = append(table.Rows, matrixRow(given, r))
			}
		}
		tables = append(tables, withoutEmptyEnd(table))
		rights = rights[count:]
	}
	return append(tables, urls)
}

// withoutEmptyEnd drops the last column if no row has anything in it.
func withoutEmptyEnd(table report.AnswerTable) report.AnswerTable {
	last := len(table.Columns) - 1
	if slices.ContainsFunc(table.Rows, func(row []report.Cell) bool { return row[last].Text != "" }) {
		return table
	}
	table.Columns = table.Columns[:last]
	for i := range table.Rows {
		table.Rows[i] = table.Rows[i][:last]
	}
	return table
}

// thing is what a right is about, to find the wildcards that give it too.
type thing struct{ group, resource, names string }

func indexRights(rights []rbac.Right) map[thing]*rbac.Right {
	given := map[thing]*rbac.Right{}
	for i := range rights {
		if r := &rights[i]; r.Path == "" {
			given[thing{r.Group, r.Resource, strings.Join(r.Names, " ")}] = r
		}
	}
	return given
}

// wider are the rights that give what a right is about by a wildcard, and the right
// itself, which stands first.
func wider(given map[thing]*rbac.Right, r *rbac.Right) []*rbac.Right {
	resources := []string{r.Resource, "*"}
	if _, below, ok := strings.Cut(r.Resource, "/"); ok {
		resources = append(resources, "*/"+below)
	}
	found := []*rbac.Right{r}
	for _, group := range []string{r.Group, "*"} {
		for _, resource := range resources {
			for _, names := range []string{strings.Join(r.Names, " "), ""} {
				if by := given[thing{group, resource, names}]; by != nil && !slices.Contains(found, by) {
					found = append(found, by)
				}
			}
		}
	}
	return found
}

func matrixRow(given map[thing]*rbac.Right, r *rbac.Right) []report.Cell {
	name := resourceText(r.Group, r.Resource, "")
	if len(r.Names) > 0 {
		name += " (" + strings.Join(r.Names, ", ") + ")"
	}
	row := report.Cells(name)
	by := wider(given, r)
	for _, verb := range rbac.ServedVerbs() {
		row = append(row, verbCell(by, verb))
	}
	var others []rbac.VerbRight
	for _, verb := range r.Verbs {
		if !slices.Contains(rbac.ServedVerbs(), verb.Verb) {
			others = append(others, verb)
		}
	}
	return append(row, verbsCell(others))
}

// verbCell says whether a verb is allowed: by the right itself, which is the first of
// by, or by a wildcard.
func verbCell(by []*rbac.Right, verb string) report.Cell {
	var cell report.Cell
	for i, r := range by {
		for j := range r.Verbs {
			given := &r.Verbs[j]
			if given.Verb != verb && given.Verb != "*" {
				continue
			}
			switch {
			case i == 0 && given.Verb == verb:
				cell.Text = "yes"
			case cell.Text == "":
				cell.Text = "*"
			}
			cell.Notes = append(cell.Notes, grantNotes(given.Grants)...)
		}
	}
	return cell
}

// verbsCell lists verbs.
func verbsCell(verbs []rbac.VerbRight) report.Cell {
	var cell report.Cell
	var names []string
	for i := range verbs {
		names = append(names, verbs[i].Verb)
		cell.Notes = append(cell.Notes, grantNotes(verbs[i].Grants)...)
	}
	cell.Text = strings.Join(names, ", ")
	cell.Notes = slices.Compact(cell.Notes)
	return cell
}

func grantNotes(grants []rbac.Grant) []string {
	notes := make([]string, len(grants))
	for i := range grants {
		g := &grants[i]
		if g.Binding == nil {
			notes[i] = g.Subject.String() + " needs no rule"
			continue
		}
		notes[i] = fmt.Sprintf("%s, through %s: %s %s, %s", g.Subject, g.Binding.ID, g.Role.Kind, g.Role.Name, ruleName(g))
		if at := place(g); at != "" {
			notes[i] += ", " + at
		}
	}
	return notes
}
