package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerABAC fails API servers with rules that only a file knows.
func APIServerABAC() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-abac",
			Title:    "API server uses attribute-based authorization from a file",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "ABAC rules stand in a file on the control plane nodes, take effect after a restart only, and are seen by no " +
				"review of the cluster's roles: rights that were thought to be gone may still be there.",
			Remediation: "Write the rules as roles and bindings, and take ABAC out of --authorization-mode.",
			References:  []model.Reference{model.CWE("CWE-1104"), model.Docs("reference/access-authn-authz/abac/")},
		},
		On:   authorizationKinds(),
		Only: &configuring,
		Run: func(c *check.Case) {
			if c.Object.Kind == "AuthorizationConfiguration" {
				if i := authorizer(c, "ABAC"); i >= 0 {
					c.Fail("", "rights come from a file that no review of roles sees").At(model.Path("authorizers").Index(i)+".type", "ABAC")
				}
				return
			}
			judgeComponents(c, func(s subject) {
				modes, known := s.Items("authorization-mode")
				if mode, found := controlplane.Find(modes, "ABAC"); found {
					s.fail(mode, "takes rights from a file that no review of roles sees")
				} else if !known {
					c.Unknown()
				}
			}, controlplane.APIServer)
		},
	}
}
