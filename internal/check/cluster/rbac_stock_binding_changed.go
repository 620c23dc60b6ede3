package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACStockBindingChanged fails bindings of the default policy that give a role to others, or another role.
func RBACStockBindingChanged() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-stock-binding-changed",
			Title:       "Binding of the default policy was changed",
			Layer:       model.LayerCluster,
			Severity:    model.High,
			Rationale:   "The bindings that every cluster has give components of Kubernetes what they need. Whoever is added to one has the same, under a name that nobody looks at; the API server leaves additions as they are.",
			Remediation: "Take the subjects out; give what is needed by a binding of its own.",
			References: []model.Reference{
				model.CIS("5.1.1"), model.MITRE("T1098"), model.CWE("CWE-732"), model.Docs("reference/access-authn-authz/rbac/#default-roles-and-role-bindings"),
			},
		},
		On: bindingKinds(),
		Run: judgeStock(func(c *check.Case, d rbac.Difference) {
			subjects, ref, ok := subjectsOf(c)
			if !ok {
				return
			}
			for _, i := range d.Subjects {
				path := model.Path("subjects").Index(i)
				s := rbac.Subject{Kind: subjects[i].Kind, Namespace: subjects[i].Namespace, Name: subjects[i].Name}
				c.Fail(s.String(), "%s was added to %s", s, c.Object.Name).At(path+".name", s.Name).
					Fix(2, "Take it out of the binding", check.Remove(c.Object, path))
			}
			if d.Role {
				c.Fail("roleRef", "%s gives %s %s, which it does not by default", c.Object.Name, ref.Kind, ref.Name).At("roleRef.name", ref.Name)
			}
		}),
	}
}
