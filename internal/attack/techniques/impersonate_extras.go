package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ImpersonateExtras is to act as a service account on any node.
func ImpersonateExtras() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "impersonate-extras", Title: "Impersonate the node of a service account", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "The extra field authentication.kubernetes.io/node-name says on which node a service account runs, and admission policies confine the agents of nodes by it. Who may impersonate the account and this field claims to be on any node.",
			Remediation: "Do not give impersonate on userextras; where a gateway needs it, name the keys that it sets and no key of authentication.kubernetes.io.",
			References: []model.Reference{
				model.MITRE("T1134"), model.MITRE("T1562"), model.Docs("reference/access-authn-authz/authentication/#user-impersonation"), model.Docs("reference/access-authn-authz/service-accounts-admin/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "impersonate", Group: "authentication.k8s.io", Resource: "userextras", Subresource: "authentication.kubernetes.io/node-name", ClusterWide: true},
			{Verbs: "impersonate", Resource: "serviceaccounts"},
		},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			for _, name := range targets(c, 1) {
				c.Yields(attack.Integrity, attack.Accounts(c.Namespace, name), "an admission policy or a webhook goes by the node of the account")
			}
		},
	}
}
