package cluster

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AdmissionPolicyWithoutParameters fails bindings under which a policy admits
// everything while its parameters are missing.
func AdmissionPolicyWithoutParameters() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "admission-policy-without-parameters",
			Title:    "Admission policy admits everything when its parameters are missing",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Whoever may delete or rename the object that holds the parameters switches the policy off, and needs no right on " +
				"admission policies for it.",
			Remediation: "Set paramRef.parameterNotFoundAction: Deny.",
			References:  []model.Reference{model.CWE("CWE-636"), model.Docs("reference/access-authn-authz/validating-admission-policy/#parameter-resources")},
		},
		On: []string{validatingBindings, mutatingBindings},
		Run: func(c *check.Case) {
			b, ok := bindingOf(c)
			switch {
			case !ok:
				c.Unknown()
			case b.param == nil:
				c.Skip()
			case b.param.ParameterNotFoundAction != nil && *b.param.ParameterNotFoundAction == admissionv1.AllowAction:
				const path = "spec.paramRef.parameterNotFoundAction"
				c.Fail("", "policy %s does not apply while its parameters are missing", b.policy).At(path, admissionv1.AllowAction).
					Fix(3, "Refuse requests without parameters", check.Set(c.Object, path, admissionv1.DenyAction))
			}
		},
	}
}
