package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ImpersonateUIDs is to act under any uid.
func ImpersonateUIDs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "impersonate-uids", Title: "Impersonate uids", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "With Impersonate-Uid requests carry a uid of choice beside a user who may be impersonated. RBAC does not look at it, but the audit log, certificate requests and admission policies record or compare it: the trace leads to somebody else.",
			Remediation: "Give impersonate on uids only to gateways that authenticate people themselves.",
			References: []model.Reference{
				model.MITRE("T1134"), model.MITRE("T1656"), model.Docs("concepts/security/rbac-good-practices/#impersonate-verb"), model.Docs("reference/access-authn-authz/authentication/#user-impersonation"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "impersonate", Group: "authentication.k8s.io", Resource: "uids", ClusterWide: true},
			{Verbs: "impersonate", Resource: "users", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			for _, name := range plainUsers(c, 1, false) {
				c.Yields(attack.Integrity, attack.Users(name), "an admission policy, a signer or a reader of the audit log goes by uids")
			}
		},
	}
}
