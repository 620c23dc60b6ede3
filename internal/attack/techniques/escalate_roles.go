package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// EscalateRoles is to write more into the Roles that one has.
func EscalateRoles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "escalate-roles", Title: "Escalate Roles", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "Without escalate the API server lets nobody write a role that allows more than they have themselves. With it the attacker writes every right of the namespace into a Role that is bound to them already. Of other Roles it decides what their holders may do.",
			Remediation: "Give escalate to no person and no program; who maintains roles needs all that they allow, or an administrator who reviews them.",
			References: []model.Reference{
				model.MITRE("T1098.006"), model.MITRE("T1078"), model.Docs("concepts/security/rbac-good-practices/#escalate-verb"), model.Docs("reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Group: "rbac.authorization.k8s.io", Resource: "roles"},
			{Verbs: "escalate", Group: "rbac.authorization.k8s.io", Resource: "roles"},
		},
		Yields: []attack.Yield{attack.Namespace, attack.Node, attack.Integrity},
		Ground: escalatesRoles("Role"),
	}
}
