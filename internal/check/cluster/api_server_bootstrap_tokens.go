package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerBootstrapTokens notes API servers that accept bootstrap tokens.
func APIServerBootstrapTokens() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-bootstrap-tokens",
			Title:    "API server accepts bootstrap tokens",
			Layer:    model.LayerCluster,
			Severity: model.Info,
			Rationale: "Bootstrap tokens are Secrets in kube-system that let nodes join. They are needed while nodes join by them, and " +
				"are one more credential to look after when they do not.",
			Remediation: "Set --enable-bootstrap-token-auth=false where nodes do not join with tokens; else keep tokens short-lived.",
			References:  []model.Reference{model.CIS("3.1.3"), model.Docs("reference/access-authn-authz/bootstrap-tokens/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			if f, ok := s.known("enable-bootstrap-token-auth"); ok && f.Is("true") {
				s.fail(f, "accepts bootstrap tokens")
			}
		}),
	}
}
