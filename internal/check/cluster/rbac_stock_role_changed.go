package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACStockRoleChanged fails roles of the default policy to which rules were added.
func RBACStockRoleChanged() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-stock-role-changed",
			Title:       "Role of the default policy has more rights",
			Layer:       model.LayerCluster,
			Severity:    model.Medium,
			Rationale:   "Components and people hold the roles that every cluster has, by bindings that nobody looks at. The API server puts back what is taken away from them at its start, and leaves what was added: a place to hide rights.",
			Remediation: "Take the rules out; give what is needed by a role of its own.",
			References: []model.Reference{
				model.CIS("5.1.1"), model.MITRE("T1098"), model.CWE("CWE-732"), model.Docs("reference/access-authn-authz/rbac/#default-roles-and-role-bindings"),
			},
		},
		On: roleKinds(),
		Run: judgeStock(func(c *check.Case, d rbac.Difference) {
			if len(d.Rules) == 0 {
				return
			}
			failure := c.Fail("", "%s %s has %d rules that the API server did not give it", c.Object.Kind, c.Object.Name, len(d.Rules))
			for _, i := range d.Rules {
				failure.At(model.Path("rules").Index(i), nil)
			}
		}),
	}
}

// stockVersion is the version whose default policy is known.
const stockVersion = 36

// judgeStock calls judge with what was added to an object of the default policy. What
// differs in a cluster of another version may be the version's.
func judgeStock(judge func(*check.Case, rbac.Difference)) func(*check.Case) {
	return func(c *check.Case) {
		d, ok := rbac.Changed(c.Object)
		switch {
		case !ok:
			c.Skip()
		case !d.None() && c.Settings().Version.Minor != stockVersion:
			c.Unknown()
		default:
			judge(c, d)
		}
	}
}
