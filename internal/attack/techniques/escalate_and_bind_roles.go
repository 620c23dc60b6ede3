package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// EscalateAndBindRoles is to write every right into a Role after binding it.
func EscalateAndBindRoles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "escalate-and-bind-roles", Title: "Escalate Roles after binding them", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "Without escalate the API server lets nobody write a role that allows more than they have themselves. A Role that allows nothing may be bound by anybody who may write bindings: the attacker empties or creates one, binds it to themselves, and with escalate writes every right of the namespace into it.",
			Remediation: "Give escalate to no person and no program; who maintains roles needs all that they allow, or an administrator who reviews them.",
			References: []model.Reference{
				model.MITRE("T1098.006"), model.MITRE("T1078"), model.Docs("concepts/security/rbac-good-practices/#escalate-verb"), model.Docs("reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Group: "rbac.authorization.k8s.io", Resource: "roles"},
			{Verbs: "escalate", Group: "rbac.authorization.k8s.io", Resource: "roles"},
			{Verbs: "create", Group: "rbac.authorization.k8s.io", Resource: "rolebindings"},
		},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: func(c *attack.Case) {
			if !c.Limited(0) && !c.Limited(1) {
				grantsAll(c, basis{conditions: []string{roleToFill}}, c.Namespace, false)
			}
		},
	}
}
