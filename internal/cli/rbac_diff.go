package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// diffFlags are the flags of rbac diff.
type diffFlags struct {
	questionFlags
	failOnNew bool
}

func (a *app) rbacDiffCommand() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show who may do more or less than before",
		Long: `Diff compares what subjects may do, not how it is written: a role that is renamed,
rules that are split or merged, or one binding instead of three change nothing, and
what a wildcard gave before is not new when a rule names it. OLD and NEW are files,
folders, charts or saved snapshots (holdfast snapshot save).`,
		Example: `  holdfast rbac diff main/deploy/ deploy/
  holdfast rbac diff --fail-on-new yesterday.snapshot today.snapshot`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.rbacDiff(cmd.Context(), &f, args[0], args[1]) },
	}
	flags := cmd.Flags()
	f.addFiles(flags)
	flags.StringVar(&f.version, "kubernetes-version", "", "version of Kubernetes to judge against, as 1.36 (default: that of a snapshot, or the newest known)")
	flags.StringVarP(&f.output, "output", "o", "table", "format of the answer: "+answerFormatNames())
	f.addNamespace(flags, "show only what changed in this namespace")
	flags.BoolVar(&f.failOnNew, "fail-on-new", false, "exit with 1 when someone gained a permission")
	return cmd
}

// permissionItem is a change of permissions in documents.
type permissionItem struct {
	Change    string       `json:"change"`
	Subject   rbac.Subject `json:"subject"`
	Namespace string       `json:"namespace,omitempty"`
	Except    []string     `json:"except"`
	Group     string       `json:"group"`
	Resource  string       `json:"resource,omitempty"`
	Names     []string     `json:"names"`
	URL       string       `json:"url,omitempty"`
	Verbs     []string     `json:"verbs"`
	Grants    []grantItem  `json:"grants"`
}

func (a *app) rbacDiff(ctx context.Context, f *diffFlags, before, after string) error {
	format, err := report.ParseAnswerFormat(f.output)
	if err != nil {
		return err
	}
	var sides [2]*reading
	for i, path := range []string{before, after} {
		if sides[i], err = a.readFor(ctx, &f.questionFlags, rbacKinds(), f.namespace, []string{path}); err != nil {
			return err
		}
	}
	completeSides(sides)
	return untilDone(ctx, func() error {
		old, oldGaps := watch(sides[0].snapshot)
		new, newGaps := watch(sides[1].snapshot)
		changes, complete := rbac.DiffPermissions(old, new)
		if f.namespace != "" {
			changes = slices.DeleteFunc(changes, func(c rbac.PermissionChange) bool { return c.Namespace != "" && c.Namespace != f.namespace })
		}
		answer := diffAnswer(changes, complete, f.failOnNew)
		answer.Target = before + " → " + after
		answer.Gaps = slices.Concat(oldGaps(), newGaps())
		return a.write(format, answer)
	})
}

// completeSides gives files without any role or binding what every cluster has, where
// the other side has some: they are two states of one thing, and nothing is unread.
func completeSides(sides [2]*reading) {
	for i, side := range sides {
		if hasRBAC(side) || !hasRBAC(sides[1-i]) || side.snapshot.Settings().Live {
			continue
		}
		var changes []snapshot.Change
		for _, object := range implied.BootstrapRBAC() {
			changes = append(changes, snapshot.Change{Put: object})
		}
		for _, gk := range rbacKinds() {
			changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: gk.Group, Kind: gk.Kind}})
		}
		side.snapshot = side.snapshot.With(changes...)
	}
}

func hasRBAC(side *reading) bool {
	return slices.ContainsFunc(rbacKinds(), func(gk snapshot.GroupKind) bool { return len(side.snapshot.Objects(gk)) > 0 })
}

func diffAnswer(changes []rbac.PermissionChange, complete, failOnNew bool) report.Answer {
	table := report.AnswerTable{Columns: []string{"change", "subject", "scope", "resource", "verbs", "by", "where"}}
	items := make([]permissionItem, len(changes))
	gained := 0
	for i := range changes {
		c := &changes[i]
		items[i] = permissionItem{
			Change: changeText(c), Subject: c.Subject, Namespace: c.Namespace, Except: append([]string{}, c.Except...), Group: c.Group, Resource: c.Resource,
			Names: append([]string{}, c.Names...), URL: c.Path, Verbs: c.Verbs, Grants: itemsOfGrants(c.Grants),
		}
		if c.Gained {
			gained++
		}
		table.Rows = append(table.Rows, changeRow(c))
	}
	answer := report.Answer{
		Kind: "RBACDiff", Question: "Who may do more or less than before?", Outcome: model.NotApplicable, Silent: true,
		Reply: fmt.Sprintf("%d gained, %d lost", gained, len(changes)-gained), Tables: []report.AnswerTable{table}, Items: items,
	}
	if len(changes) == 0 {
		answer.Reply = "nobody may do more or less than before"
	}
	if failOnNew && gained > 0 {
		answer.Outcome = model.Fail
	}
	if !complete {
		answer.Outcome = model.Unknown
		answer.Reply += ", as far as is known"
	}
	return answer
}

func changeText(c *rbac.PermissionChange) string {
	if c.Gained {
		return "gained"
	}
	return "lost"
}

func changeRow(c *rbac.PermissionChange) []report.Cell {
	scope := scopeText(c.Namespace)
	if len(c.Except) > 0 {
		scope += " except " + strings.Join(c.Except, ", ")
	}
	what := "URL " + c.Path
	if c.Path == "" {
		what = resourceText(c.Group, c.Resource, "")
	}
	if len(c.Names) > 0 {
		what += " (" + strings.Join(c.Names, ", ") + ")"
	}
	g := &c.Grants[0]
	by := report.Cell{Text: g.Role.Kind + " " + g.Role.Name, Notes: grantNotes(c.Grants)}
	return append(report.Cells(changeText(c), c.Subject.String(), scope, what, strings.Join(c.Verbs, ", ")), by, report.Cell{Text: place(g)})
}
