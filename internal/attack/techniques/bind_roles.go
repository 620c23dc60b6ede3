package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// BindRoles is to bind the Roles of a namespace.
func BindRoles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "bind-roles", Title: "Bind Roles of a namespace", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The API server lets somebody write a binding only who has all that its role allows, or who may bind the role. With bind on Roles a new RoleBinding gives its author what any Role of the namespace allows.",
			Remediation: "Give bind only limited by resourceNames to roles that are harmless to hand out; who hands out roles needs no right of their own on bindings of others.",
			References: []model.Reference{
				model.MITRE("T1098.006"), model.MITRE("T1078"), model.Docs("concepts/security/rbac-good-practices/#bind-verb"), model.Docs("reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "rbac.authorization.k8s.io", Resource: "rolebindings"},
			{Verbs: "bind", Group: "rbac.authorization.k8s.io", Resource: "roles"},
		},
		Yields: []attack.Yield{attack.Namespace, attack.Node, attack.Subject, attack.Secrets, attack.Sideways, attack.Integrity},
		Ground: bindsRoles,
	}
}
