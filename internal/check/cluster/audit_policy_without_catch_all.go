package cluster

import (
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"holdfast.dev/holdfast/internal/analysis/auditpolicy"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AuditPolicyWithoutCatchAll fails audit policies that do not log changes of
// kinds which they do not know.
func AuditPolicyWithoutCatchAll() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "audit-policy-without-catch-all",
			Title:    "Audit policy has no rule for what it does not name",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "A request that no rule matches is not logged. Kinds that are installed later, and those that nobody thought of, " +
				"are then invisible.",
			Remediation: "End the policy with a rule that has nothing but level: Metadata.",
			References:  []model.Reference{model.CIS("3.2.2"), model.NSA("Audit logging"), model.CWE("CWE-778"), model.Docs("tasks/debug/debug-cluster/audit/#audit-policy")},
		},
		On: []string{"audit.k8s.io/Policy"},
		Run: func(c *check.Case) {
			auditPolicy(c, func(policy *auditv1.Policy) {
				request := auditpolicy.Request{
					User: "jane", Groups: []string{"system:authenticated"}, Verb: "create",
					APIGroup: "unheard-of.example", Resource: "things", Namespace: "shop", Name: "example",
				}
				decision := auditpolicy.Decide(policy, &request)
				if decision.Level != auditv1.LevelNone {
					return
				}
				failure := c.Fail("", "changes of kinds that no rule names are not logged")
				(&rulesAt{policy: policy}).add(failure, decision)
				if decision.Rule < 0 {
					failure.Fix(1, "Add a last rule of level Metadata", check.Add(c.Object, "rules", map[string]string{"level": "Metadata"}))
				}
			})
		},
	}
}
