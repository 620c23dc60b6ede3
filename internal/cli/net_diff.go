package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
)

// netDiffFlags are the flags of net diff.
type netDiffFlags struct {
	diffFlags
	networkFlags
}

func (a *app) netDiffCommand() *cobra.Command {
	var f netDiffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show who can reach whom that could not before, and the reverse",
		Long: `Diff compares what can be reached, not how it is written: policies that are renamed,
split or merged, and labels or rules in another order change nothing. Connections of
workloads that only one side has are told apart as appeared and vanished. OLD and NEW
are files, folders, charts or saved snapshots (holdfast snapshot save).

With --fail-on-new the exit status is 1 when more can be reached than before: a
connection was gained or became less restricted, or a workload appeared with some.`,
		Example: `  holdfast net diff main/deploy/ deploy/
  holdfast net diff --fail-on-new yesterday.snapshot today.snapshot`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.netDiff(cmd.Context(), &f, args[0], args[1]) },
	}
	flags := cmd.Flags()
	f.addFiles(flags)
	f.networkFlags.add(flags)
	flags.StringVar(&f.version, "kubernetes-version", "", "version of Kubernetes to judge against, as 1.36 (default: that of a snapshot, or the newest known)")
	flags.StringVarP(&f.output, "output", "o", "table", "format of the answer: "+answerFormatNames())
	f.addNamespace(flags, "show only what changed from or to this namespace")
	flags.BoolVar(&f.failOnNew, "fail-on-new", false, "exit with 1 when more can be reached than before")
	return cmd
}

// netDifferenceItem is a difference in documents.
type netDifferenceItem struct {
	Change          reach.Change `json:"change"`
	Src             string       `json:"src"`
	Dst             string       `json:"dst"`
	Protocol        string       `json:"protocol"`
	From            uint16       `json:"from"`
	To              uint16       `json:"to"`
	Before          string       `json:"before"`
	After           string       `json:"after"`
	ConditionBefore string       `json:"conditionBefore,omitempty"`
	ConditionAfter  string       `json:"conditionAfter,omitempty"`
}

func (a *app) netDiff(ctx context.Context, f *netDiffFlags, before, after string) error {
	format, err := report.ParseAnswerFormat(f.output)
	if err != nil {
		return err
	}
	profile, err := f.profile()
	if err != nil {
		return err
	}
	plane, err := f.plane(true)
	if err != nil {
		return err
	}
	var sides [2]*reading
	for i, path := range []string{before, after} {
		if sides[i], err = a.readNet(ctx, &f.questionFlags, []string{path}); err != nil {
			return err
		}
	}
	return untilDone(ctx, func() error {
		var networks [2]*reach.Network
		var gaps []model.Gap
		for i, side := range sides {
			view, seen := watch(mesh.Assume(side.snapshot, plane))
			networks[i] = reach.Of(view, profile)
			gaps = joinGaps(gaps, joinGaps(seen(), append(skippedOf(side), networks[i].Gaps()...)))
		}
		var list []reach.Difference
		reach.Diff(networks[0], networks[1], func(d *reach.Difference) bool {
			if f.namespace == "" || inNamespace(d.Src, f.namespace) || inNamespace(d.Dst, f.namespace) {
				list = append(list, *d)
			}
			return true
		})
		answer := netDiffAnswer(networks, list, f.failOnNew)
		answer.Target, answer.Gaps = before+" → "+after, gaps
		return a.write(format, answer)
	})
}

func inNamespace(p reach.Peer, namespace string) bool {
	return p.End != nil && p.End.Namespace == namespace
}

func netDiffAnswer(networks [2]*reach.Network, list []reach.Difference, failOnNew bool) report.Answer {
	answer := report.Answer{
		Kind: "NetDiff", Question: "Who can reach whom that could not before?", Outcome: model.NotApplicable, Silent: true,
		Tables: []report.AnswerTable{report.DifferenceTable(networks[0], networks[1], list)}, Records: differenceRecords(list),
	}
	items := make([]netDifferenceItem, len(list))
	counts := map[reach.Change]int{}
	grew, uncertain := false, false
	for i := range list {
		items[i] = itemOfDifference(&list[i])
		counts[list[i].Change]++
		grew, uncertain = grew || list[i].Grew(), uncertain || list[i].Uncertain()
	}
	answer.Items = items
	var parts []string
	for _, change := range []reach.Change{reach.Gained, reach.Lost, reach.Changed, reach.Appeared, reach.Vanished} {
		if n := counts[change]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, change))
		}
	}
	answer.Reply = strings.Join(parts, ", ")
	if len(list) == 0 {
		answer.Reply = "nobody can reach more or less than before"
	}
	if failOnNew && grew {
		answer.Outcome = model.Fail
	}
	if uncertain {
		answer.Outcome = model.Unknown
		answer.Reply += ", as far as is known"
	}
	return answer
}

func itemOfDifference(d *reach.Difference) netDifferenceItem {
	item := netDifferenceItem{
		Change: d.Change, Src: d.Src.String(), Dst: d.Dst.String(), Protocol: d.Protocol.String(), From: d.From, To: d.To,
		Before: d.Before.Verdict.String(), After: d.After.Verdict.String(), ConditionBefore: d.Before.Condition, ConditionAfter: d.After.Condition,
	}
	switch d.Change {
	case reach.Appeared:
		item.Before = "absent"
	case reach.Vanished:
		item.After = "absent"
	}
	return item
}

func differenceRecords(list []reach.Difference) *report.AnswerTable {
	records := &report.AnswerTable{Columns: []string{"change", "src", "dst", "protocol", "from", "to", "before", "after", "condition before", "condition after"}}
	for i := range list {
		item := itemOfDifference(&list[i])
		records.Rows = append(records.Rows, report.Cells(item.Change.String(), item.Src, item.Dst, item.Protocol, fmt.Sprint(item.From), fmt.Sprint(item.To),
			item.Before, item.After, item.ConditionBefore, item.ConditionAfter))
	}
	return records
}
