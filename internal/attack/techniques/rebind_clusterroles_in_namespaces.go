package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// RebindClusterrolesInNamespaces is to add oneself to RoleBindings of ClusterRoles.
func RebindClusterrolesInNamespaces() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "rebind-clusterroles-in-namespaces", Title: "Join RoleBindings of ClusterRoles", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The role of a binding cannot be changed, but its subjects can: who may change the binding and bind its role adds themselves and has what the role allows.",
			Remediation: "Give bind only limited by resourceNames to roles that are harmless to hand out; who hands out roles needs no right of their own on bindings of others.",
			References: []model.Reference{
				model.MITRE("T1098.006"), model.MITRE("T1078"), model.Docs("concepts/security/rbac-good-practices/#bind-verb"), model.Docs("reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Group: "rbac.authorization.k8s.io", Resource: "rolebindings"},
			{Verbs: "bind", Group: "rbac.authorization.k8s.io", Resource: "clusterroles"},
		},
		Yields: []attack.Yield{attack.Namespace, attack.Node, attack.Subject, attack.Secrets, attack.Sideways, attack.Integrity},
		Ground: rebinds("ClusterRole"),
	}
}
