package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AdmissionPolicyWithoutBinding fails admission policies that nothing binds.
func AdmissionPolicyWithoutBinding() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "admission-policy-without-binding",
			Title:    "Admission policy is bound to nothing",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "A ValidatingAdmissionPolicy or MutatingAdmissionPolicy judges nothing until a binding names it. It is there to see, and " +
				"what it forbids is admitted.",
			Remediation: "Create a binding with the policy's name, and with validationActions: [Deny] for a validating one.",
			References:  []model.Reference{model.CWE("CWE-1164"), model.Docs("reference/access-authn-authz/validating-admission-policy/")},
		},
		On: []string{validatingPolicies, mutatingPolicies},
		Run: func(c *check.Case) {
			if !bound(c) && c.Complete(bindingScope(c)) {
				c.Fail("", "no %s names policy %s", bindingScope(c).Kind, c.Object.Name).At("metadata.name", c.Object.Name)
			}
		},
	}
}
