package cluster

import (
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// AdmissionPolicyNotEnforced fails bindings under which a validating policy refuses
// nothing.
func AdmissionPolicyNotEnforced() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "admission-policy-not-enforced",
			Title:    "Admission policy warns and does not refuse",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "With Warn and Audit alone, what the policy forbids is admitted: the warning goes to whoever asked for it, the note to an audit " +
				"log that somebody must read.",
			Remediation: "Add Deny to validationActions once no honest request fails the policy.",
			References:  []model.Reference{model.CWE("CWE-693"), model.Docs("reference/access-authn-authz/validating-admission-policy/#validation-actions")},
		},
		On: []string{validatingBindings},
		Run: func(c *check.Case) {
			b, err := kinds.ValidatingAdmissionPolicyBindings.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if slices.Contains(b.Spec.ValidationActions, admissionv1.Deny) {
				return
			}
			actions := make([]string, len(b.Spec.ValidationActions))
			for i := range actions {
				actions[i] = string(b.Spec.ValidationActions[i])
			}
			fixed := []string{string(admissionv1.Deny)}
			if slices.Contains(actions, string(admissionv1.Audit)) {
				fixed = append(fixed, string(admissionv1.Audit)) // Deny and Warn exclude each other
			}
			c.Fail("", "binding %s refuses nothing that policy %s forbids", c.Object.Name, b.Spec.PolicyName).At("spec.validationActions", actions).
				Fix(3, "Refuse what the policy forbids", check.Set(c.Object, "spec.validationActions", fixed))
		},
	}
}
