package cluster

import (
	"strings"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"holdfast.dev/holdfast/internal/analysis/auditpolicy"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// auditPolicy reads the object, or makes the verdict Unknown.
func auditPolicy(c *check.Case, judge func(policy *auditv1.Policy)) {
	policy, err := kinds.AuditPolicies.Read(c.Object)
	if err != nil {
		c.Unknown()
		return
	}
	judge(policy)
}

// rulesAt collects the rules that decide, to be shown as evidence once each.
type rulesAt struct {
	policy *auditv1.Policy
	seen   map[int]bool
}

// add adds the rule of a decision as evidence; without a rule, the list of rules.
func (r *rulesAt) add(f check.Failure, d auditpolicy.Decision) {
	if r.seen[d.Rule] {
		return
	}
	if r.seen == nil {
		r.seen = map[int]bool{}
	}
	r.seen[d.Rule] = true
	if d.Rule < 0 {
		f.At("rules", nil)
		return
	}
	f.At(model.Path("rules").Index(d.Rule)+".level", string(r.policy.Rules[d.Rule].Level))
}

// enumerate joins names, and counts those beyond the first few.
func enumerate(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + check.Text(len(names)-most) + " more"
}
