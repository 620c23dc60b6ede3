package cluster

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACEveryone fails bindings that give rights to every user or every service account.
func RBACEveryone() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-everyone",
			Title:       "Everyone who is authenticated has rights",
			Layer:       model.LayerCluster,
			Severity:    model.Medium,
			Rationale:   "The groups system:authenticated and system:serviceaccounts hold every user and every pod that has a token, those of other teams and of every provider that the cluster trusts. On GKE the first is anyone with a Google account.",
			Remediation: "Bind the accounts or the groups that are meant.",
			References: []model.Reference{
				model.CIS("5.1.1"), model.MITRE("T1078"), model.CWE("CWE-732"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		On: bindingKinds(),
		Run: judgeSubjects(func(c *check.Case, s rbac.Subject, index int) {
			if s.Kind == rbacv1.GroupKind && (s.Name == user.AllAuthenticated || s.Name == serviceaccount.AllServiceAccountsGroup) {
				path := model.Path("subjects").Index(index)
				c.Fail(s.String(), "everyone in %s has what this binding gives", s.Name).At(path+".name", s.Name).
					Fix(3, "Take it out of the binding", check.Remove(c.Object, path))
			}
		}),
	}
}
