package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// EscalateClusterroles is to write more into the ClusterRoles that one has.
func EscalateClusterroles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "escalate-clusterroles", Title: "Escalate ClusterRoles", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale:   "Without escalate the API server lets nobody write a role that allows more than they have themselves. With it the attacker writes every right into a ClusterRole that is bound to them already, or to everyone who is authenticated.",
			Remediation: "Give escalate to no person and no program; who maintains roles needs all that they allow, or an administrator who reviews them.",
			References: []model.Reference{
				model.MITRE("T1098.006"), model.MITRE("T1078"), model.Docs("concepts/security/rbac-good-practices/#escalate-verb"), model.Docs("reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Group: "rbac.authorization.k8s.io", Resource: "clusterroles", ClusterWide: true},
			{Verbs: "escalate", Group: "rbac.authorization.k8s.io", Resource: "clusterroles", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Admin, attack.Namespace, attack.Node, attack.Integrity},
		Ground: escalatesRoles("ClusterRole"),
	}
}
