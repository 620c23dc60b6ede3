package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// DeleteRoles is to delete Roles.
func DeleteRoles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-roles", Title: "Delete Roles", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "Bindings of a deleted role give nothing. Nothing that needs the rights works then: programs, and the people who would repair it.",
			Remediation: "Let only the pipeline that makes roles and bindings change and delete them; keep them in version control.",
			References: []model.Reference{
				model.MITRE("T1531"), model.MITRE("T1098.006"), model.Docs("reference/access-authn-authz/rbac/"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "delete", Group: "rbac.authorization.k8s.io", Resource: "roles"},
		},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) { onExisting(c, attack.Denial, snapshot.GroupKind{Group: rbacGroup, Kind: "Role"}) },
	}
}
