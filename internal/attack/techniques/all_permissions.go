package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// AllPermissions is to hold every right.
func AllPermissions() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "all-permissions", Title: "Hold every right", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale:   "Who may do everything on every resource of every API group needs nothing else: in the cluster that is the cluster, whatever the role is called; in a namespace it is all that runs there, its accounts and its secrets.",
			Remediation: "Give roles that name resources and verbs; keep cluster-admin for people who recover the cluster, and bind it for the time that they need it.",
			References: []model.Reference{
				model.MITRE("T1078"), model.MITRE("T1098.006"), model.Docs("concepts/security/rbac-good-practices/#least-privilege"), model.Docs("reference/access-authn-authz/rbac/#user-facing-roles"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "*", Group: "*", Resource: "*"},
		},
		Yields: []attack.Yield{attack.Admin, attack.Namespace, attack.Node},
		Ground: func(c *attack.Case) {
			if !c.Limited(0) {
				grantsAll(c, basis{}, c.Namespace, c.Everywhere())
			}
		},
	}
}
