package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ImpersonateGroupsOfServiceAccounts is to act as a member of any group beside a service account.
func ImpersonateGroupsOfServiceAccounts() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "impersonate-groups-of-serviceaccounts", Title: "Impersonate groups with a service account", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale:   "The header Impersonate-Group gives the requests of the attacker any groups, once a service account may be impersonated as well. Members of system:masters may do everything: no rule is asked for and none can take it back.",
			Remediation: "Give impersonate on groups only limited by resourceNames to groups without rights of their own, and never to system:masters.",
			References: []model.Reference{
				model.MITRE("T1078"), model.MITRE("T1134"), model.Docs("concepts/security/rbac-good-practices/#impersonate-verb"), model.Docs("reference/access-authn-authz/authentication/#user-impersonation"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "impersonate", Resource: "groups", ClusterWide: true},
			{Verbs: "impersonate", Resource: "serviceaccounts"},
		},
		Yields: []attack.Yield{attack.Admin, attack.Subject},
		Ground: joinsGroups,
	}
}
