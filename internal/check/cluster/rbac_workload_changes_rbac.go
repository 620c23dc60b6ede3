package cluster

import (
	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACWorkloadChangesRBAC fails bindings that let a service account write roles or bindings.
func RBACWorkloadChangesRBAC() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-workload-changes-rbac",
			Title:       "Service account can write roles or bindings",
			Layer:       model.LayerCluster,
			Severity:    model.Medium,
			Rationale:   "A pod that can bind can hand on every right that it has, to identities that survive it. Few workloads need it: operators that install others, and those want review.",
			Remediation: "Let people or the pipeline write RBAC; give operators fixed roles and bind them beforehand.",
			References: []model.Reference{
				model.CIS("5.1.8"), model.MITRE("T1098"), model.CWE("CWE-269"), model.Docs("concepts/security/rbac-good-practices/#escalate-verb"),
			},
		},
		On: bindingKinds(),
		Run: judgeSubjects(func(c *check.Case, s rbac.Subject, index int) {
			if s.Kind != rbacv1.ServiceAccountKind {
				return
			}
			for _, resource := range []string{"clusterrolebindings", "rolebindings", "clusterroles", "roles"} {
				grants := rbac.Gives(c.View, c.Object, index, writing(resource))
				if len(grants) == 0 {
					continue
				}
				path := model.Path("subjects").Index(index)
				failure := c.Fail(s.String(), "%s can write %s", s, resource)
				for _, e := range grants[0].Evidence() {
					failure.Shown(e)
				}
				failure.Fix(4, "Take it out of the binding", check.Remove(c.Object, path))
				return
			}
		}),
	}
}

// writing is the permission to write a resource of RBAC.
func writing(resource string) rbac.Permission {
	return rbac.Permission{
		Verbs: "create|update|patch", Group: rbacv1.GroupName, Resource: resource,
		ClusterWide: resource == "clusterroles" || resource == "clusterrolebindings",
	}
}
