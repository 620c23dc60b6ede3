package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"holdfast.dev/holdfast/internal/analysis/least"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// unusedFlags are the flags of rbac unused.
type unusedFlags struct {
	questionFlags
	auditFlags
}

func (a *app) rbacUnusedCommand() *cobra.Command {
	var f unusedFlags
	cmd := &cobra.Command{
		Use:   "unused --from-audit FILE",
		Short: "List rights that nobody used in the period of an audit log",
		Long: `Unused compares roles and bindings with an audit log of the API server. Each verb of
each resource of each rule that a subject has is unused, used, partly used (a wildcard,
with what it was used for) or unknown. A right that a group gives is used if any member
used it; of rules that give the same right each counts as used.

It is unknown where the log cannot tell: some of it could not be read, or an audit
policy among the files of -f keeps such requests out of it. Without an audit policy the
log is taken for complete. What the bootstrap policy gives is left out.`,
		Example: `  holdfast rbac unused --from-audit audit.log
  holdfast rbac unused --from-audit /var/log/kubernetes/audit --since 720h -f rbac/ -f audit-policy.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.rbacUnused(cmd.Context(), &f) },
	}
	f.auditFlags.add(cmd.Flags())
	f.questionFlags.add(cmd.Flags())
	return cmd
}

func (a *app) rbacUnused(ctx context.Context, f *unusedFlags) error {
	if len(f.files) == 0 {
		return errors.New("say which audit log shows what is used: --from-audit FILE")
	}
	if slices.Contains(f.files, "-") && slices.Contains(f.paths, "-") {
		return errors.New("standard input is either the audit log or the manifests")
	}
	format, err := report.ParseAnswerFormat(f.output)
	if err != nil {
		return err
	}
	log, err := a.readAudit(ctx, &f.auditFlags)
	if err != nil {
		return err
	}
	read, err := a.readFor(ctx, &f.questionFlags, rbacKinds(), "", f.paths)
	if err != nil {
		return err
	}
	return untilDone(ctx, func() error {
		view, gaps := watch(read.snapshot)
		log.Policies = auditPolicies(view)
		answer := unusedAnswer(least.Usages(view, &log.Log), log)
		answer.Target, answer.Gaps = read.target, append(log.gaps, gaps()...)
		return a.write(format, answer)
	})
}

// auditPolicies are those among what was read. A cluster does not serve its own.
func auditPolicies(v *snapshot.View) []*auditv1.Policy {
	var policies []*auditv1.Policy
	for _, object := range v.Objects(snapshot.GroupKind{Group: kinds.AuditPolicies.Group, Kind: kinds.AuditPolicies.Kind}, "") {
		if policy, err := kinds.AuditPolicies.Read(object); err == nil {
			policies = append(policies, policy)
		}
	}
	return policies
}

func unusedAnswer(usage *least.Usage, log *observed) report.Answer {
	answer := report.Answer{Kind: "RBACUnused", Question: "Which rights did nobody use?", Outcome: model.NotApplicable}
	table := report.AnswerTable{Columns: []string{"outcome", "subject", "scope", "binding", "role", "right", "rule", "where"}}
	records := &report.AnswerTable{Columns: unusedColumns()}
	items := []unusedItem{}
	count := map[least.Outcome]int{}
	for i := range usage.Holdings {
		h := &usage.Holdings[i]
		table.Rows = append(table.Rows, unusedRows(h)...)
		for j := range h.Rights {
			right := &h.Rights[j]
			count[right.Outcome]++
			if right.Outcome == least.Used {
				continue
			}
			items = append(items, itemOfRight(h, right, log))
			records.Rows = append(records.Rows, unusedRecord(h, right))
		}
	}
	for _, role := range usage.Unbound {
		items = append(items, itemOfUnbound(role, log))
		table.Rows = append(table.Rows, report.Cells("unused", "nobody", scopeText(role.Namespace), "", role.Kind+" "+role.Name, "whole role: no binding gives it to anyone", "", standsAt(role)))
		fields := make([]string, len(unusedColumns()))
		fields[0], fields[1], fields[5], fields[8], fields[9] = "unused", string(least.WholeRole), role.Namespace, role.Kind, role.Name
		records.Rows = append(records.Rows, report.Cells(fields...))
	}
	answer.Tables, answer.Records, answer.Items = []report.AnswerTable{table}, records, items
	if count[least.Undecided] > 0 {
		answer.Outcome = model.Unknown
	}
	answer.Reply = unusedReply(usage, log, count)
	return answer
}

func unusedReply(usage *least.Usage, log *observed, count map[least.Outcome]int) string {
	total := 0
	for _, n := range count {
		total += n
	}
	text := fmt.Sprintf("In %s (%s) %d of %s were not used", log.period(), counted(log.Uses, "request"), count[least.Unused], counted(total, "right"))
	if n := count[least.Partly]; n > 0 {
		text += fmt.Sprintf(", %s used in part", counted(n, "wildcard"))
	}
	if n := count[least.Undecided]; n > 0 {
		text += fmt.Sprintf(", of %d it is not known", n)
	}
	if len(log.Policies) == 0 {
		text += "; no audit policy was supplied, so what it keeps out of the log counts as not used"
	}
	if usage.Bootstrap > 0 {
		text += fmt.Sprintf("; %s of the bootstrap policy left out", counted(usage.Bootstrap, "binding"))
	}
	return text + "."
}

// unusedRows shows a holding to people: in one row if nothing of it was used, or
// nothing is known for one reason.
func unusedRows(h *least.Holding) [][]report.Cell {
	row := func(outcome, right, rule, where string) []report.Cell {
		return report.Cells(outcome, h.Subject.String(), scopeText(h.Rights[0].Grant.Namespace()), h.Binding.Name, h.Role.Kind+" "+h.Role.Name, right, rule, where)
	}
	if h.Whole != "" {
		what := fmt.Sprintf("whole %s: %s", h.Whole, counted(len(h.Rights), "right"))
		if !h.Seen {
			what += ", and the log never shows the subject"
		}
		return [][]report.Cell{row("unused", what, "", standsAt(h.Binding))}
	}
	if reason := h.AllUnknown(); reason != "" {
		what := fmt.Sprintf("all %s: %s", counted(len(h.Rights), "right"), reason)
		return [][]report.Cell{row("unknown", what, "", standsAt(h.Binding))}
	}
	var rows [][]report.Cell
	for i := range h.Rights {
		right := &h.Rights[i]
		if right.Outcome == least.Used {
			continue
		}
		text := right.String()
		if len(right.UsedFor) > 0 {
			text += ", for " + shortList(right.UsedFor)
		}
		if right.Reason != "" {
			text += ": " + right.Reason
		}
		rows = append(rows, row(right.Outcome.String(), text, ruleName(&right.Grant), place(&right.Grant)))
	}
	return rows
}

// standsAt is the file and line of an object.
func standsAt(o *snapshot.Object) string {
	if !o.InFile() {
		return ""
	}
	return fmt.Sprintf("%s:%d", o.Origin.File, o.Origin.Line)
}

// shortList is the first few of a list, and how many more there are.
func shortList(words []string) string {
	const most = 5
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), len(words)-most)
}

// unusedItem is a right, or a role that is bound to nobody, in documents.
type unusedItem struct {
	Outcome   least.Outcome    `json:"outcome"`
	Whole     least.Whole      `json:"whole,omitempty"` // what could go with it
	From      string           `json:"from,omitempty"`
	To        string           `json:"to,omitempty"`
	Subject   *rbac.Subject    `json:"subject,omitempty"`
	Seen      bool             `json:"seen"`
	Namespace string           `json:"namespace,omitempty"`
	Binding   *model.Ref       `json:"binding,omitempty"`
	Role      model.Ref        `json:"role"`
	Rule      *ruleItem        `json:"rule,omitempty"`
	Verb      string           `json:"verb,omitempty"`
	Group     string           `json:"group"`
	Resource  string           `json:"resource,omitempty"`
	URL       string           `json:"url,omitempty"`
	UsedFor   []string         `json:"usedFor,omitempty"`
	Reason    string           `json:"reason,omitempty"`
	Evidence  []model.Evidence `json:"evidence"`
}

func itemOfRight(h *least.Holding, r *least.Right, log *observed) unusedItem {
	grant := itemOfGrant(&r.Grant)
	item := unusedItem{
		Outcome: r.Outcome, Whole: h.Whole, Subject: &h.Subject, Seen: h.Seen, Namespace: grant.Namespace,
		Binding: grant.Binding, Role: *grant.Role, Rule: grant.Rule,
		Verb: r.Verb, Group: r.Group, Resource: r.Resource, URL: r.URL, UsedFor: r.UsedFor, Reason: r.Reason, Evidence: grant.Evidence,
	}
	item.From, item.To = log.ends()
	return item
}

func itemOfUnbound(role *snapshot.Object, log *observed) unusedItem {
	item := unusedItem{Outcome: least.Unused, Whole: least.WholeRole, Role: role.Ref, Namespace: role.Namespace,
		Reason: "no binding gives it to anyone", Evidence: []model.Evidence{role.Evidence("", "")}}
	item.From, item.To = log.ends()
	return item
}

func unusedColumns() []string {
	return []string{"outcome", "whole", "subject kind", "subject namespace", "subject", "namespace", "binding kind", "binding", "role kind", "role",
		"rule role", "rule", "verb", "group", "resource", "url", "used for", "reason", "file", "line"}
}

func unusedRecord(h *least.Holding, r *least.Right) []report.Cell {
	grant := grantFields(&r.Grant)[1:] // without the authorizer
	fields := append([]string{r.Outcome.String(), string(h.Whole)}, grant[:10]...)
	fields = append(fields, r.Verb, r.Group, r.Resource, r.URL, strings.Join(r.UsedFor, "; "), r.Reason)
	return report.Cells(append(fields, grant[10:]...)...)
}
