package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// AdmissionBindingWithoutPolicy fails bindings that name a policy which does not
// exist.
func AdmissionBindingWithoutPolicy() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "admission-binding-without-policy",
			Title:    "Binding names an admission policy that does not exist",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Nothing is judged where somebody meant a policy to apply. The binding takes effect, with whatever it then means, as soon as " +
				"anyone creates a policy of that name.",
			Remediation: "Correct spec.policyName, or remove the binding.",
			References:  []model.Reference{model.CWE("CWE-1164"), model.Docs("reference/access-authn-authz/validating-admission-policy/")},
		},
		On: []string{validatingBindings, mutatingBindings},
		Run: func(c *check.Case) {
			b, ok := bindingOf(c)
			if !ok {
				c.Unknown()
				return
			}
			kind := strings.TrimSuffix(c.Object.Kind, "Binding")
			id := model.ID{Cluster: c.Object.Cluster, Group: admissionGroup, Kind: kind, Name: b.policy}
			if _, presence := c.Find(id); presence == snapshot.Absent {
				c.Fail("", "there is no %s %s", kind, b.policy).At("spec.policyName", b.policy)
			}
		},
	}
}
