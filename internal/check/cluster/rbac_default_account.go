package cluster

import (
	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACDefaultAccount fails bindings that give rights to the service account default.
func RBACDefaultAccount() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-default-account",
			Title:       "Default service account has rights",
			Layer:       model.LayerCluster,
			Severity:    model.Medium,
			Rationale:   "Every pod that names no account runs as default: whoever deploys anything in the namespace, or takes over any of its pods, has these rights.",
			Remediation: "Make an account for the workload that needs the rights, bind it, and name it in the pod.",
			References: []model.Reference{
				model.CIS("5.1.5"), model.MITRE("T1078.001"), model.CWE("CWE-250"), model.Docs("concepts/security/service-accounts/#default-service-accounts"),
			},
		},
		On: bindingKinds(),
		Run: judgeSubjects(func(c *check.Case, s rbac.Subject, index int) {
			if s.Kind == rbacv1.ServiceAccountKind && s.Name == "default" {
				path := model.Path("subjects").Index(index)
				c.Fail(s.String(), "the account default of namespace %s has what this binding gives", s.Namespace).At(path+".name", s.Name).
					Fix(3, "Take it out of the binding", check.Remove(c.Object, path))
			}
		}),
	}
}
