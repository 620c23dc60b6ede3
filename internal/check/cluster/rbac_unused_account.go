package cluster

import (
	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// RBACUnusedAccount fails bindings of service accounts that no workload runs as.
func RBACUnusedAccount() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-unused-account",
			Title:       "Rights of a service account that no workload uses",
			Layer:       model.LayerCluster,
			Severity:    model.Low,
			Rationale:   "Nothing in the cluster needs these rights, but who may create pods or ask for tokens in the namespace has them. If a pipeline outside uses the account, its token is a long-lived secret.",
			Remediation: "Remove the binding, or the account; give pipelines short tokens by their own identity provider.",
			References: []model.Reference{
				model.CIS("5.1.1"), model.MITRE("T1078"), model.CWE("CWE-1164"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		On: bindingKinds(),
		Run: judgeSubjects(func(c *check.Case, s rbac.Subject, index int) {
			if s.Kind != rbacv1.ServiceAccountKind || s.Name == "default" {
				return
			}
			id := model.ID{Kind: s.Kind, Namespace: s.Namespace, Name: s.Name, Cluster: c.Settings().Cluster}
			if _, presence := c.Find(id); presence != snapshot.Present {
				return // another control's
			}
			if users := workload.RunAs(c.View, s.Namespace, s.Name); len(users) > 0 {
				return
			}
			if !workload.Complete(c.View, s.Namespace) {
				c.Unknown()
				return
			}
			path := model.Path("subjects").Index(index)
			c.Fail(s.String(), "no workload runs as %s", s).At(path+".name", s.Name).
				Fix(3, "Take it out of the binding", check.Remove(c.Object, path))
		}),
	}
}
