package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeAuthorizationPolicies is to open what a mesh closes.
func ChangeAuthorizationPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-authorization-policies", Title: "Change or delete authorization policies of Istio", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale:   "Deleted or made to allow all, an AuthorizationPolicy keeps nobody from the workloads that it selects.",
			Remediation: "Let the administrators of the mesh alone write what extends proxies; keep its root namespace to them.",
			References: []model.Reference{
				model.MITRE("T1562"), {Catalogue: "URL", ID: "https://istio.io/latest/docs/reference/config/security/authorization-policy/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection|update|patch", Group: "security.istio.io", Resource: "authorizationpolicies"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: customGuards("authorizationpolicies.security.istio.io", "AuthorizationPolicy"),
	}
}
