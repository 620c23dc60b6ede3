package cluster

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACAnonymous fails bindings that give rights to who did not authenticate.
func RBACAnonymous() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-anonymous",
			Title:       "Anonymous requests have rights",
			Layer:       model.LayerCluster,
			Severity:    model.High,
			Rationale:   "Whoever reaches the API server has these rights: no password, token or certificate is asked for, and the audit log names nobody.",
			Remediation: "Remove the binding, or bind the accounts that are meant; switch anonymous authentication off or limit it to health checks.",
			References: []model.Reference{
				model.CIS("5.1.1"), model.CIS("1.2.1"), model.MITRE("T1078.001"), model.CWE("CWE-306"), model.Docs("reference/access-authn-authz/authentication/#anonymous-requests"),
			},
		},
		On: bindingKinds(),
		Run: judgeSubjects(func(c *check.Case, s rbac.Subject, index int) {
			anonymous := s.Kind == rbacv1.UserKind && s.Name == user.Anonymous || s.Kind == rbacv1.GroupKind && s.Name == user.AllUnauthenticated
			if anonymous {
				path := model.Path("subjects").Index(index)
				c.Fail(s.String(), "%s, whoever that is, has what this binding gives", s).At(path+".name", s.Name).
					Fix(2, "Take it out of the binding", check.Remove(c.Object, path))
			}
		}),
	}
}
