package cluster

import (
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"holdfast.dev/holdfast/internal/analysis/auditpolicy"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AuditPolicyShallow fails audit policies that log changes of rights and
// workloads without their content.
func AuditPolicyShallow() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "audit-policy-shallow",
			Title:    "Audit log does not show what was changed",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Metadata says that somebody changed a role binding or a pod, and not which rights they gave or what they ran. " +
				"That is what an investigation asks first.",
			Remediation: "Give changes of pods, workloads, roles, bindings and admission webhooks the level Request; keep Secrets and " +
				"tokens at Metadata.",
			References: []model.Reference{model.CIS("3.2.2"), model.NSA("Audit logging"), model.CWE("CWE-778"), model.Docs("tasks/debug/debug-cluster/audit/#audit-policy")},
		},
		On: []string{"audit.k8s.io/Policy"},
		Run: func(c *check.Case) {
			auditPolicy(c, func(policy *auditv1.Policy) {
				var shallow blindSpots
				for _, activity := range auditpolicy.Altering() {
					for _, request := range activity.Asked(auditpolicy.Callers()[0]) {
						// What is not logged at all is the business of another control.
						if decision := auditpolicy.Decide(policy, &request); decision.Level == auditv1.LevelMetadata {
							shallow = append(shallow, blindSpot{name: activity.Name, decision: decision})
							break
						}
					}
				}
				if len(shallow) == 0 {
					return
				}
				names := make([]string, len(shallow))
				for i := range shallow {
					names[i] = shallow[i].name
				}
				failure := c.Fail("", "the log does not show the content of %s", enumerate(names, 4))
				at := rulesAt{policy: policy}
				for _, spot := range shallow {
					at.add(failure, spot.decision)
				}
			})
		},
	}
}
