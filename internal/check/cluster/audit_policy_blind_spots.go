package cluster

import (
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"holdfast.dev/holdfast/internal/analysis/auditpolicy"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AuditPolicyBlindSpots fails audit policies that leave out requests which an
// investigation needs, for people, administrators or service accounts.
func AuditPolicyBlindSpots() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "audit-policy-blind-spots",
			Title:    "Audit policy does not log requests that matter",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "An attacker who knows the policy, and it is the same in many clusters, acts where it does not look: opens " +
				"shells, reads Secrets and gives out rights, and leaves no trace.",
			Remediation: "Narrow the rules with level None to the noise that they are for (users of the control plane, events, health " +
				"checks), put them after rules for what matters, and end with a rule of level Metadata for everything.",
			References: []model.Reference{model.CIS("3.2.2"), model.NSA("Audit logging"), model.MITRE("T1562.008"), model.CWE("CWE-778"), model.Docs("tasks/debug/debug-cluster/audit/#audit-policy")},
		},
		On: []string{"audit.k8s.io/Policy"},
		Run: func(c *check.Case) {
			auditPolicy(c, func(policy *auditv1.Policy) {
				for _, caller := range auditpolicy.Callers() {
					if hidden := unlogged(policy, caller); len(hidden) > 0 {
						hidden.report(c, policy, caller)
					}
				}
			})
		},
	}
}

// blindSpots are activities that are not logged, with the decision about each.
type blindSpots []blindSpot

type blindSpot struct {
	name     string
	decision auditpolicy.Decision
}

// unlogged lists the activities of which some request is not logged.
func unlogged(policy *auditv1.Policy, caller auditpolicy.Caller) blindSpots {
	var hidden blindSpots
	for _, activity := range auditpolicy.Sensitive() {
		for _, request := range activity.Asked(caller) {
			if decision := auditpolicy.Decide(policy, &request); decision.Level == auditv1.LevelNone {
				hidden = append(hidden, blindSpot{name: activity.Name, decision: decision})
				break
			}
		}
	}
	return hidden
}

func (b blindSpots) report(c *check.Case, policy *auditv1.Policy, caller auditpolicy.Caller) {
	names := make([]string, len(b))
	for i := range b {
		names[i] = b[i].name
	}
	failure := c.Fail(caller.Name, "of %s the log does not show %s", caller.Name, enumerate(names, 4))
	at := rulesAt{policy: policy}
	for _, spot := range b {
		at.add(failure, spot.decision)
	}
}
