package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACUnusedRole fails roles that nothing binds.
func RBACUnusedRole() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-unused-role",
			Title:       "Role is bound to nobody",
			Layer:       model.LayerCluster,
			Severity:    model.Info,
			Rationale:   "Nobody has these rights today. The next binding gives them, by somebody who trusts the name.",
			Remediation: "Delete the role, or bind it to who needs it.",
			References: []model.Reference{
				model.CIS("5.1.1"), model.CWE("CWE-1164"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		On: roleKinds(),
		Run: func(c *check.Case) {
			if _, ok := rbac.Changed(c.Object); ok {
				c.Skip()
				return
			}
			if used, known := rbac.Used(c.View, c.Object); !known {
				c.Unknown()
			} else if !used {
				c.Fail("", "%s %s is neither bound nor part of another role", c.Object.Kind, c.Object.Name).At("metadata.name", c.Object.Name).
					Fix(3, "Delete the role", check.Remove(c.Object, ""))
			}
		},
	}
}
