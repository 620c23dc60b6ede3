package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// BindClusterroles is to bind ClusterRoles in the whole cluster.
func BindClusterroles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "bind-clusterroles", Title: "Bind ClusterRoles in the cluster", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale:   "The API server lets somebody write a binding only who has all that its role allows, or who may bind the role. With bind on ClusterRoles a new ClusterRoleBinding gives its author cluster-admin; with bind on some of them, what these allow.",
			Remediation: "Give bind only limited by resourceNames to roles that are harmless to hand out; who hands out roles needs no right of their own on bindings of others.",
			References: []model.Reference{
				model.MITRE("T1098.006"), model.MITRE("T1078"), model.Docs("concepts/security/rbac-good-practices/#bind-verb"), model.Docs("reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "rbac.authorization.k8s.io", Resource: "clusterrolebindings", ClusterWide: true},
			{Verbs: "bind", Group: "rbac.authorization.k8s.io", Resource: "clusterroles", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Admin, attack.Namespace, attack.Node, attack.Subject, attack.Secrets, attack.Sideways, attack.Integrity},
		Ground: bindsClusterRoles(true),
	}
}
