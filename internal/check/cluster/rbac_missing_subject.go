package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACMissingSubject fails bindings of service accounts that do not exist.
func RBACMissingSubject() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "rbac-missing-subject",
			Title:    "Binding names a subject that does not exist",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "The binding gives nothing to anybody today. Whoever makes a service account or a namespace of that name has the rights, " +
				"without being able to bind them himself.",
			Remediation: "Take the subject out of the binding, or correct its kind, namespace or name.",
			References: []model.Reference{
				model.CIS("5.1.1"), model.MITRE("T1098"), model.CWE("CWE-1164"), model.Docs("reference/access-authn-authz/rbac/#referring-to-subjects"),
			},
		},
		On: bindingKinds(),
		Run: func(c *check.Case) {
			for _, dangling := range rbac.MissingSubjects(c.View, c.Object) {
				why := "does not exist"
				if dangling.Nobody() {
					why = "means nobody"
				} else if dangling.Missing.Kind == "Namespace" {
					why = "is of a namespace that does not exist"
				}
				path := model.Path("subjects").Index(dangling.Index)
				c.Fail(dangling.Subject.String(), "%s %s", dangling.Subject, why).At(path, dangling.Subject).
					Fix(2, "Take it out of the binding", check.Remove(c.Object, path))
			}
		},
	}
}
