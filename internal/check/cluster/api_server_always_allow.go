package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerAlwaysAllow fails API servers that ask nobody whether a request is
// allowed.
func APIServerAlwaysAllow() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-always-allow",
			Title:    "API server allows every request",
			Layer:    model.LayerCluster,
			Severity: model.Critical,
			Rationale: "Every caller, anonymous ones included where they are let in, may read all Secrets, start privileged pods and " +
				"change what others may do. It is what an API server does when nobody says otherwise.",
			Remediation: "Set --authorization-mode=Node,RBAC, or list the authorizers Node and RBAC in the AuthorizationConfiguration.",
			References:  []model.Reference{model.CIS("1.2.6"), model.NSA("Authentication and authorization"), model.MITRE("T1078"), model.CWE("CWE-862"), model.Docs("reference/access-authn-authz/authorization/")},
		},
		On:   authorizationKinds(),
		Only: &configuring,
		Run: func(c *check.Case) {
			if c.Object.Kind == "AuthorizationConfiguration" {
				if i := authorizer(c, "AlwaysAllow"); i >= 0 {
					c.Fail("", "the authorizer AlwaysAllow allows what no other has denied").At(model.Path("authorizers").Index(i)+".type", "AlwaysAllow")
				}
				return
			}
			judgeComponents(c, func(s subject) {
				modes, known := s.Items("authorization-mode")
				if mode, found := controlplane.Find(modes, "AlwaysAllow"); found && mode.Known {
					fix(s.fail(mode, "allows every request"), s.Flag("authorization-mode"), 3, "Node,RBAC")
				} else if !known {
					c.Unknown()
				}
			}, controlplane.APIServer)
		},
	}
}
