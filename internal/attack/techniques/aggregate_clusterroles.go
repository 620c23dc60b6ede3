package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// AggregateClusterroles is to write rules that roles collect by labels.
func AggregateClusterroles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "aggregate-clusterroles", Title: "Add to aggregated ClusterRoles", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale:   "Roles such as admin, edit and view collect the rules of every ClusterRole with a certain label. Whoever may create ClusterRoles with escalate puts every right into a new one with that label: all who have the aggregated role have it. Without escalate nobody can add what they do not have: the label of a stronger role cannot be changed either, because all its rules are asked for.",
			Remediation: "Give escalate to no person and no program; who maintains roles needs all that they allow, or an administrator who reviews them.",
			References: []model.Reference{
				model.MITRE("T1098.006"), model.MITRE("T1078"), model.Docs("reference/access-authn-authz/rbac/#aggregated-clusterroles"), model.Docs("concepts/security/rbac-good-practices/#escalate-verb"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "rbac.authorization.k8s.io", Resource: "clusterroles", ClusterWide: true},
			{Verbs: "escalate", Group: "rbac.authorization.k8s.io", Resource: "clusterroles", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Admin, attack.Namespace, attack.Node, attack.Integrity},
		Ground: aggregates,
	}
}
