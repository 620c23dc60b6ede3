package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACMissingRole fails bindings of roles that do not exist.
func RBACMissingRole() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-missing-role",
			Title:       "Binding refers to a role that does not exist",
			Layer:       model.LayerCluster,
			Severity:    model.Low,
			Rationale:   "The binding gives nothing today, and whatever somebody writes into a role of that name tomorrow. That may be an operator that brings one along.",
			Remediation: "Remove the binding, or correct the name of the role.",
			References: []model.Reference{
				model.CIS("5.1.1"), model.MITRE("T1098"), model.CWE("CWE-1164"), model.Docs("reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding"),
			},
		},
		On: bindingKinds(),
		Run: func(c *check.Case) {
			if role, missing := rbac.MissingRole(c.View, c.Object); missing {
				c.Fail("", "%s %s does not exist", role.Kind, role.Name).At("roleRef.name", role.Name).
					Fix(2, "Remove the binding", check.Remove(c.Object, ""))
			}
		},
	}
}
