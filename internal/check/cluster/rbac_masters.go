package cluster

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACMasters fails bindings that name the group system:masters.
func RBACMasters() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-masters",
			Title:       "Binding names system:masters",
			Layer:       model.LayerCluster,
			Severity:    model.Low,
			Rationale:   "Members of system:masters may do everything before RBAC is asked: the binding adds nothing, and taking it away takes away nothing. It suggests that people or workloads get this group in certificates, which cannot be revoked.",
			Remediation: "Bind a group of your own to the rights that are meant, and issue no certificates with system:masters.",
			References: []model.Reference{
				model.CIS("5.1.7"), model.MITRE("T1078"), model.CWE("CWE-250"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		On: bindingKinds(),
		Run: judgeSubjects(func(c *check.Case, s rbac.Subject, index int) {
			if s.Kind == rbacv1.GroupKind && s.Name == user.SystemPrivilegedGroup {
				path := model.Path("subjects").Index(index)
				c.Fail("", "the binding of %s has no effect", s.Name).At(path+".name", s.Name).
					Fix(2, "Take it out of the binding", check.Remove(c.Object, path))
			}
		}),
	}
}
