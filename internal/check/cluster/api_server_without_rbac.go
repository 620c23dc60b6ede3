package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutRBAC fails API servers for which roles and bindings mean
// nothing.
func APIServerWithoutRBAC() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-without-rbac",
			Title:    "API server does not use RBAC",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Roles and bindings have no effect. What callers may do is decided by something coarser, or by nothing at all, " +
				"and nobody can see it in the cluster.",
			Remediation: "Add RBAC to --authorization-mode: Node,RBAC. In an AuthorizationConfiguration add the authorizer type: RBAC.",
			References:  []model.Reference{model.CIS("1.2.8"), model.NSA("Authentication and authorization"), model.CWE("CWE-862"), model.Docs("reference/access-authn-authz/rbac/")},
		},
		On:   authorizationKinds(),
		Only: &configuring,
		Run:  mustAuthorize("RBAC", 3, "ignores roles and bindings"),
	}
}
