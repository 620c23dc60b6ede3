package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// APIServerAnonymousAccess fails API servers that let requests without
// credentials in on any path.
func APIServerAnonymousAccess() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-anonymous-access",
			Title:    "API server answers requests without credentials",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Whoever reaches the API server is let in as system:anonymous. One binding to system:anonymous or " +
				"system:unauthenticated, made by mistake or by an attacker who wants to come back, then opens the cluster to the " +
				"network.",
			Remediation: "Set --anonymous-auth=false, or name the health endpoints in the AuthenticationConfiguration: anonymous.enabled: " +
				"true with the conditions /livez, /readyz and /healthz (Kubernetes 1.32 and later). Probes of kubeadm's manifests " +
				"need those paths.",
			References: []model.Reference{model.CIS("1.2.1"), model.NSA("Authentication and authorization"), model.CWE("CWE-306"), model.Docs("reference/access-authn-authz/authentication/#anonymous-requests")},
		},
		On:   append(controlplane.Kinds(), "apiserver.config.k8s.io/AuthenticationConfiguration"),
		Only: &configuring,
		Run: func(c *check.Case) {
			if c.Object.Kind == "AuthenticationConfiguration" {
				anonymousConfiguration(c)
				return
			}
			judgeComponents(c, func(s subject) {
				if f, ok := s.known("anonymous-auth"); ok && !f.Is("false") {
					s.fail(f, "lets requests without credentials in")
				}
			}, controlplane.APIServer)
		},
	}
}

// anonymousConfiguration judges the file that replaces the flag. Without the field
// the flag decides.
func anonymousConfiguration(c *check.Case) {
	config, err := kinds.AuthenticationConfigurations.Read(c.Object)
	switch {
	case err != nil:
		c.Unknown()
	case config.Anonymous == nil:
		c.Skip()
	case !config.Anonymous.Enabled:
	case len(config.Anonymous.Conditions) == 0:
		c.Fail("", "requests without credentials are let in on every path").
			At("anonymous.enabled", true).At("anonymous.conditions", nil)
	default:
		for i, condition := range config.Anonymous.Conditions {
			switch condition.Path {
			case "/livez", "/readyz", "/healthz":
			default:
				failure := c.Fail(condition.Path, "requests without credentials are let in on %s", condition.Path).
					At(model.Path("anonymous.conditions").Index(i)+".path", condition.Path)
				if !strings.HasPrefix(condition.Path, "/api") {
					failure.Severity(model.Low)
				}
			}
		}
	}
}
