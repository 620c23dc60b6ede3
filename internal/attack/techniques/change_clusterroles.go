package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// ChangeClusterroles is to take rights out of ClusterRoles.
func ChangeClusterroles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-clusterroles", Title: "Empty ClusterRoles", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "A role without rules asks for no rights of its author: whoever may change ClusterRoles empties them. Nothing that needs the rights works then: programs, and the people who would repair it.",
			Remediation: "Let only the pipeline that makes roles and bindings change and delete them; keep them in version control.",
			References: []model.Reference{
				model.MITRE("T1531"), model.MITRE("T1098.006"), model.Docs("reference/access-authn-authz/rbac/"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Group: "rbac.authorization.k8s.io", Resource: "clusterroles", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Denial, snapshot.GroupKind{Group: rbacGroup, Kind: "ClusterRole"})
		},
	}
}
