package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/analysis/least"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

// leastFlags are the flags of rbac least.
type leastFlags struct {
	questionFlags
	auditFlags
	manifests bool
	subject   string
	maxNames  int
}

func (a *app) rbacLeastCommand() *cobra.Command {
	var f leastFlags
	cmd := &cobra.Command{
		Use:   "least (--from-audit FILE | --from-manifests)",
		Short: "Make the smallest roles that allow what was used, with the proof",
		Long: `Least writes roles and bindings, ready for kubectl apply, that allow each service
account what it was seen to do in an audit log of the API server and nothing else; or,
from manifests, what its bindings give it now without what nobody can use. The proof
stands above them: that every allowed request is still allowed, and that the new rules
are covered by the present ones, if -f, --context or --kubeconfig says where they are.

Nothing is bound or taken away: apply the new roles, then delete the old bindings that
holdfast rbac unused names. A log shows what happened while it was written: let it cover
what happens rarely.`,
		Example: `  holdfast rbac least --from-audit audit.log > roles.yaml
  holdfast rbac least --from-audit /var/log/kubernetes/audit --subject sa:shop/web -f rbac/
  holdfast rbac least --from-manifests -f deploy/`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.rbacLeast(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	f.auditFlags.add(flags)
	flags.BoolVar(&f.manifests, "from-manifests", false, "go by workloads, roles and bindings instead of a log")
	flags.StringVar(&f.subject, "subject", "", "whom to make roles for: user:NAME, group:NAME, serviceaccount:NAMESPACE/NAME (default: every service account)")
	flags.IntVar(&f.maxNames, "max-names", least.DefaultMaxNames, "name at most so many objects in a rule; more give a rule for all objects")
	f.questionFlags.add(flags)
	output := flags.Lookup("output")
	output.Usage, output.DefValue, f.output = "format: yaml (for kubectl apply), json", "yaml", "yaml"
	return cmd
}

func (f *leastFlags) check() (*rbac.Subject, error) {
	switch {
	case f.manifests == (len(f.files) > 0):
		return nil, errors.New("say what to go by: either --from-audit FILE or --from-manifests")
	case slices.Contains(f.files, "-") && slices.Contains(f.paths, "-"):
		return nil, errors.New("standard input is either the audit log or the manifests")
	case f.manifests && f.since != "":
		return nil, errors.New("--since is for --from-audit")
	case f.maxNames < 0 || f.maxNames > least.MaxNames:
		return nil, fmt.Errorf("--max-names is from 0 to %d", least.MaxNames)
	case f.output != string(report.YAML) && f.output != string(report.JSON):
		return nil, fmt.Errorf("%q is no format of roles: use yaml or json", f.output)
	case f.subject == "":
		return nil, nil
	}
	subject, err := parseSubject(f.subject)
	if err != nil {
		return nil, fmt.Errorf("--subject: %w", err)
	}
	if f.manifests && subject.Kind != "ServiceAccount" {
		return nil, errors.New("--from-manifests is about service accounts: workloads run as nothing else")
	}
	return &subject, nil
}

func (a *app) rbacLeast(ctx context.Context, f *leastFlags) error {
	subject, err := f.check()
	if err != nil {
		return err
	}
	var view *snapshot.View
	gaps := func() []model.Gap { return nil }
	if f.manifests || len(f.paths) > 0 || f.contextName != "" || f.kubeconfig != "" {
		read, err := a.readFor(ctx, &f.questionFlags, f.leastKinds(), "", f.paths)
		if err != nil {
			return err
		}
		view, gaps = watch(read.snapshot)
	}
	if f.manifests {
		return untilDone(ctx, func() error {
			results, unread := least.FromManifests(view, subject)
			return a.writeLeast(f, leastAnswer{results: results, gaps: append(gaps(), unread...), from: "manifests"})
		})
	}
	log, err := a.readAudit(ctx, &f.auditFlags)
	if err != nil {
		return err
	}
	return untilDone(ctx, func() error {
		results := least.FromLog(log.Record, least.Options{MaxNames: f.maxNames, Old: view, Subject: subject})
		from := fmt.Sprintf("%s of %s: %s", counted(log.Uses, "request"), strings.Join(f.files, ", "), log.period())
		return a.writeLeast(f, leastAnswer{results: results, gaps: append(log.gaps, gaps()...), from: from, log: true, old: view != nil})
	})
}

// leastKinds are what is read of a cluster.
func (f *leastFlags) leastKinds() []snapshot.GroupKind {
	kinds := append(rbacKinds(), snapshot.GroupKind{Kind: "ServiceAccount"})
	if !f.manifests {
		return kinds
	}
	for _, name := range workload.Kinds() {
		group, kind, divided := strings.Cut(name, "/")
		if !divided {
			group, kind = "", name
		}
		kinds = append(kinds, snapshot.GroupKind{Group: group, Kind: kind})
	}
	return kinds
}

// leastAnswer is what is written.
type leastAnswer struct {
	results []least.Result
	gaps    []model.Gap
	from    string
	log     bool // made from a log
	old     bool // the present roles were supplied beside it
}

// outcome is Unknown where something could not be kept, Fail where more than the
// present rights would be given.
func (l *leastAnswer) outcome() model.Outcome {
	outcome := model.NotApplicable
	for i := range l.results {
		switch p := &l.results[i].Proof; {
		case len(p.Lost) > 0:
			return model.Unknown
		case p.Covered == rbac.Denies:
			outcome = model.Fail
		}
	}
	return outcome
}

func (a *app) writeLeast(f *leastFlags, l leastAnswer) error {
	items := make([]leastItem, len(l.results))
	for i := range l.results {
		items[i] = itemOfResult(&l.results[i], &l)
	}
	answer := report.Answer{Kind: "RBACLeast", Items: items, Gaps: l.gaps, Outcome: l.outcome()}
	if f.output == string(report.JSON) {
		return a.write(report.JSON, answer)
	}
	a.status = answer.Exit()
	for _, gap := range l.gaps {
		a.warnGap(gap)
	}
	return writeRoles(a.streams.Out, &l, items)
}

// warnGap tells a gap where the output has no place for it.
func (a *app) warnGap(gap model.Gap) {
	at := gap.File
	if gap.Line > 0 {
		at = fmt.Sprintf("%s:%d", at, gap.Line)
	}
	if at = cmp.Or(at, gap.Scope.Kind); at == "" {
		a.warn("%s", gap.Reason)
		return
	}
	a.warn("%s: %s", at, gap.Reason)
}

// leastItem is a plan in documents.
type leastItem struct {
	Subject rbac.Subject     `json:"subject"`
	Note    string           `json:"note,omitempty"`
	Rules   int              `json:"rules"`
	Objects []any            `json:"objects"`
	Widened []least.Widening `json:"widened"`
	Beyond  []string         `json:"notInTheLog"`
	Proof   leastProof       `json:"proof"`
}

// leastProof is the proof of a plan. Covered is notSupplied where the present rights
// were not.
type leastProof struct {
	Requests  int         `json:"requests"`
	Allowed   int         `json:"allowed"`
	Lost      []leastLost `json:"lost"`
	Elsewhere []leastElse `json:"otherAuthorizers"`
	Denied    int         `json:"denied"`
	Undecided int         `json:"undecided"`
	Covered   string      `json:"covered"`
	Uncovered []string    `json:"uncovered"`
	Held      int         `json:"held"`
	Unused    int         `json:"unused"`
}

type leastLost struct {
	Request string `json:"request"`
	Reason  string `json:"reason"`
}

type leastElse struct {
	By       least.Authorizer `json:"authorizer"`
	Requests int              `json:"requests"`
	Example  string           `json:"example"`
}

func itemOfResult(r *least.Result, l *leastAnswer) leastItem {
	p := &r.Proof
	item := leastItem{
		Subject: r.Subject, Note: r.Note, Rules: r.Rules(), Objects: append([]any{}, r.Objects()...), Widened: append([]least.Widening{}, r.Widened...),
		Beyond: append([]string{}, r.Beyond...),
		Proof: leastProof{
			Requests: p.Requests, Allowed: p.Kept, Denied: p.Denied, Undecided: p.Undecided, Covered: "notSupplied",
			Lost: []leastLost{}, Elsewhere: []leastElse{}, Uncovered: append([]string{}, p.Uncovered...), Held: p.Held, Unused: p.Unused,
		},
	}
	if l.old || !l.log {
		item.Proof.Covered = map[rbac.Verdict]string{rbac.Allows: "proved", rbac.Denies: "refuted"}[p.Covered]
		item.Proof.Covered = cmp.Or(item.Proof.Covered, "unknown")
	}
	for _, lost := range p.Lost {
		item.Proof.Lost = append(item.Proof.Lost, leastLost{Request: lost.String(), Reason: lost.Reason})
	}
	for _, other := range p.Elsewhere {
		item.Proof.Elsewhere = append(item.Proof.Elsewhere, leastElse(other))
	}
	return item
}

// writeRoles writes the objects as YAML, below what is proved of them.
func writeRoles(w io.Writer, l *leastAnswer, items []leastItem) error {
	var out strings.Builder
	comment(&out, "The smallest roles, made by holdfast rbac least from %s.", l.from)
	for i := range items {
		out.WriteString("#\n")
		for _, line := range proofLines(&items[i], l) {
			comment(&out, "%s", line)
		}
		for _, object := range items[i].Objects {
			text, err := yaml.Marshal(object)
			if err != nil {
				return fmt.Errorf("write roles: %w", err)
			}
			out.WriteString("---\n")
			out.Write(text)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func comment(out *strings.Builder, format string, args ...any) {
	out.WriteString("# " + report.Visible(fmt.Sprintf(format, args...)) + "\n")
}

// proofLines say in words what is proved of a plan, and what is not.
func proofLines(item *leastItem, l *leastAnswer) []string {
	p := &item.Proof
	lines := []string{item.Subject.String() + ": " + counted(item.Rules, "rule")}
	if item.Note != "" {
		lines[0] += " (" + item.Note + ")"
	}
	what := counted(p.Requests, "request") + " that the log shows as allowed"
	if !l.log {
		what = counted(p.Requests, "right") + " that can be written out"
	}
	if p.Allowed == p.Requests {
		lines = append(lines, "  kept: these roles alone allow all of "+what)
	} else {
		lines = append(lines, fmt.Sprintf("  not kept: of %s these roles allow %d", what, p.Allowed))
	}
	for _, lost := range p.Lost {
		lines = append(lines, fmt.Sprintf("  not kept: %s: %s", lost.Request, lost.Reason))
	}
	switch p.Covered {
	case "proved":
		lines = append(lines, "  covered: the present rights allow all that these roles do")
	case "refuted":
		lines = append(lines, "  not covered: the present rights do not allow "+strings.Join(p.Uncovered, ", "))
	case "unknown":
		lines = append(lines, "  not known to be covered: not all present roles and bindings are known")
	default:
		lines = append(lines, "  not proved: that the present rights cover these, for none were supplied (-f, --context)")
	}
	for _, w := range item.Widened {
		lines = append(lines, fmt.Sprintf("  wider than the log: %s, all objects: %s", w.String(), w.Reason))
	}
	for _, other := range p.Elsewhere {
		left := "left out"
		if other.By == least.Masters {
			left = "kept, for who leaves the group"
		}
		lines = append(lines, fmt.Sprintf("  allowed by %s and not by RBAC (%s): %s, as %s", other.By, left, counted(other.Requests, "request"), other.Example))
	}
	if p.Denied+p.Undecided > 0 {
		lines = append(lines, fmt.Sprintf("  left out: %s denied, %d undecided", counted(p.Denied, "request"), p.Undecided))
	}
	for _, beyond := range item.Beyond {
		lines = append(lines, "  not in the log: "+beyond)
	}
	if p.Held > 0 {
		unused := "not used"
		if !l.log {
			unused = "of no use to anyone"
		}
		lines = append(lines, fmt.Sprintf("  held by its own bindings: %s, %d of them %s", counted(p.Held, "right"), p.Unused, unused))
	}
	return lines
}

// counted is "1 rule" or "2 rules".
func counted(count int, noun string) string {
	if count == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", count, noun)
}
