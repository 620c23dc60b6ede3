package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ImpersonateUsers is to act as any user.
func ImpersonateUsers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "impersonate-users", Title: "Impersonate users", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A request may carry the header Impersonate-User: who may impersonate is taken for the other from then on, and the rights of the other are the only ones that are asked for. Users have more rights than most: administrators, and the components of the control plane such as system:kube-controller-manager.",
			Remediation: "Give impersonate to nothing but gateways that authenticate people, limited to the names of the users that come through them.",
			References: []model.Reference{
				model.MITRE("T1078"), model.MITRE("T1134"), model.Docs("concepts/security/rbac-good-practices/#impersonate-verb"), model.Docs("reference/access-authn-authz/authentication/#user-impersonation"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "impersonate", Resource: "users", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			for _, name := range plainUsers(c, 0, false) {
				c.Yields(attack.Subject, attack.Users(name))
			}
		},
	}
}
