package cluster

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AdmissionPolicyFailsOpen fails admission policies that admit what they cannot
// evaluate.
func AdmissionPolicyFailsOpen() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "admission-policy-fails-open",
			Title:    "Admission policy lets through what it cannot evaluate",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "An expression that fails, on an object without the field it reads or with one that is too large for its budget, counts as " +
				"agreement. Whoever writes the object can bring that about.",
			Remediation: "Set failurePolicy: Fail, and guard expressions with has() and optional fields.",
			References:  []model.Reference{model.CWE("CWE-636"), model.Docs("reference/access-authn-authz/validating-admission-policy/#failure-policy")},
		},
		On: []string{validatingPolicies, mutatingPolicies},
		Run: func(c *check.Case) {
			policy, ok := failurePolicyOf(c)
			if !ok {
				c.Unknown()
				return
			}
			if policy == admissionv1.Ignore {
				c.Fail("", "policy %s admits what it cannot evaluate", c.Object.Name).At("spec.failurePolicy", policy).
					Fix(3, "Refuse what cannot be evaluated", check.Set(c.Object, "spec.failurePolicy", admissionv1.Fail))
			}
		},
	}
}
