package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

func (a *app) rbacCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rbac",
		Short: "Ask who may do what, why, and what changed",
		Long: `The questions of rbac are answered as the API server's authorizers decide, with the
binding, the role, the rule and the line that decide. SUBJECT is user:NAME,
group:NAME, serviceaccount:NAMESPACE/NAME (or sa:) or, as the API server names service
accounts, system:serviceaccount:NAMESPACE:NAME.

Exit status: 0; 1 a denied verdict; 2 something that the answer needs is not known.`,
		Args: cobra.NoArgs, // a misspelt question is an error
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.rbacCanCommand(), a.rbacWhoCanCommand(), a.rbacEffectiveCommand(), a.rbacEscalationsCommand(), a.rbacDiffCommand(), a.rbacGraphCommand(), a.rbacLeastCommand(), a.rbacUnusedCommand())
	return cmd
}

// rbacKinds are those that decide about permissions.
func rbacKinds() []snapshot.GroupKind {
	return []snapshot.GroupKind{
		{Group: rbacv1.GroupName, Kind: "ClusterRole"}, {Group: rbacv1.GroupName, Kind: "ClusterRoleBinding"},
		{Group: rbacv1.GroupName, Kind: "Role"}, {Group: rbacv1.GroupName, Kind: "RoleBinding"},
	}
}

// grantItem is a grant in documents.
type grantItem struct {
	Authorizer string           `json:"authorizer"`
	Subject    rbac.Subject     `json:"subject"`
	Namespace  string           `json:"namespace,omitempty"`
	Binding    *model.Ref       `json:"binding,omitempty"`
	Role       *model.Ref       `json:"role,omitempty"`
	Rule       *ruleItem        `json:"rule,omitempty"`
	Evidence   []model.Evidence `json:"evidence"`
}

// ruleItem is a rule and where it stands: in Role, or in a role that Role aggregates.
type ruleItem struct {
	Role            model.Ref `json:"role"`
	Index           int       `json:"index"`
	Verbs           []string  `json:"verbs"`
	APIGroups       []string  `json:"apiGroups,omitempty"`
	Resources       []string  `json:"resources,omitempty"`
	ResourceNames   []string  `json:"resourceNames,omitempty"`
	NonResourceURLs []string  `json:"nonResourceURLs,omitempty"`
}

func itemOfGrant(g *rbac.Grant) grantItem {
	item := grantItem{Authorizer: authorizer(g), Subject: g.Subject, Namespace: g.Namespace(), Evidence: g.Evidence()}
	if item.Evidence == nil {
		item.Evidence = []model.Evidence{}
	}
	if g.Binding != nil {
		item.Binding, item.Role = &g.Binding.Ref, &g.Role.Ref
		item.Rule = &ruleItem{
			Role: g.Source.Ref, Index: g.RuleIndex, Verbs: append([]string{}, g.Rule.Verbs...), APIGroups: g.Rule.APIGroups, Resources: g.Rule.Resources,
			ResourceNames: g.Rule.ResourceNames, NonResourceURLs: g.Rule.NonResourceURLs,
		}
	}
	return item
}

func itemsOfGrants(grants []rbac.Grant) []grantItem {
	items := make([]grantItem, len(grants))
	for i := range grants {
		items[i] = itemOfGrant(&grants[i])
	}
	return items
}

// authorizer is who lets a grant through that no rule gives.
func authorizer(g *rbac.Grant) string {
	switch {
	case g.Bypass():
		return "system:masters"
	case g.Binding == nil:
		return "Node"
	default:
		return "RBAC"
	}
}

// grantTable shows grants to people.
func grantTable(grants []rbac.Grant) report.AnswerTable {
	table := report.AnswerTable{Columns: []string{"subject", "scope", "binding", "role", "rule", "where"}}
	for i := range grants {
		g := &grants[i]
		table.Rows = append(table.Rows, append(report.Cells(g.Subject.String(), scopeText(g.Namespace())), roleCells(g)...))
	}
	return table
}

// roleCells are the cells of binding, role, rule and line.
func roleCells(g *rbac.Grant) []report.Cell {
	switch {
	case g.Bypass():
		return report.Cells("", "needs none: always allowed", "", "")
	case g.Binding == nil:
		return report.Cells("", "needs none: the Node authorizer", "", place(g))
	}
	rule := report.Cell{Text: ruleName(g), Notes: ruleNotes(g)}
	return append(report.Cells(g.Binding.Name, g.Role.Kind+" "+g.Role.Name), rule, report.Cell{Text: place(g)})
}

// ruleName is "rules[2]", with the role that it stands in where another aggregates it.
func ruleName(g *rbac.Grant) string {
	rule := fmt.Sprintf("rules[%d]", g.RuleIndex)
	if g.Source != g.Role {
		rule += " of " + g.Source.Name
	}
	return rule
}

func ruleNotes(g *rbac.Grant) []string {
	notes := []string{"verbs: " + strings.Join(g.Rule.Verbs, ", ")}
	for _, list := range []struct {
		name  string
		words []string
	}{{"groups", g.Rule.APIGroups}, {"resources", g.Rule.Resources}, {"names", g.Rule.ResourceNames}, {"URLs", g.Rule.NonResourceURLs}} {
		if len(list.words) > 0 {
			words := make([]string, len(list.words))
			for i, word := range list.words {
				words[i] = word
				if word == "" {
					words[i] = `""`
				}
			}
			notes = append(notes, list.name+": "+strings.Join(words, ", "))
		}
	}
	return notes
}

// place is where a rule stands, or what leads to what needs none.
func place(g *rbac.Grant) string {
	evidence := g.Evidence()
	switch {
	case g.Source != nil && g.Source.Implied:
		return "built in"
	case len(evidence) == 0:
		return ""
	}
	e := &evidence[len(evidence)-1]
	if e.File == "" || e.Line == 0 {
		return e.File
	}
	return e.File + ":" + strconv.Itoa(e.Line)
}

func scopeText(namespace string) string {
	if namespace == "" {
		return "cluster"
	}
	return namespace
}

// grantColumns and grantFields are a grant as a record.
func grantColumns() []string {
	return []string{"authorizer", "subject kind", "subject namespace", "subject", "namespace", "binding kind", "binding", "role kind", "role", "rule role", "rule", "file", "line"}
}

func grantFields(g *rbac.Grant) []string {
	fields := []string{authorizer(g), g.Subject.Kind, g.Subject.Namespace, g.Subject.Name, g.Namespace()}
	if g.Binding == nil {
		return append(fields, make([]string, len(grantColumns())-len(fields))...)
	}
	evidence, line := g.Source.Evidence(model.Path(fmt.Sprintf("rules[%d]", g.RuleIndex)), ""), ""
	if evidence.Line > 0 {
		line = strconv.Itoa(evidence.Line)
	}
	return append(fields, g.Binding.Kind, g.Binding.Name, g.Role.Kind, g.Role.Name, g.Source.Name, strconv.Itoa(g.RuleIndex), evidence.File, line)
}

func grantRecords(grants []rbac.Grant) *report.AnswerTable {
	records := &report.AnswerTable{Columns: grantColumns()}
	for i := range grants {
		records.Rows = append(records.Rows, report.Cells(grantFields(&grants[i])...))
	}
	return records
}
