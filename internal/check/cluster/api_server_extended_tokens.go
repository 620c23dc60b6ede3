package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerExtendedTokens fails API servers that accept expired service
// account tokens.
func APIServerExtendedTokens() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-extended-tokens",
			Title:    "API server extends service account tokens to a year",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Tokens that pods get by the projected volume say that they live for an hour, and are accepted for a year, for " +
				"the sake of old clients that do not read them again. A token that leaks is of use for all that time.",
			Remediation: "Find clients that use stale tokens (metric serviceaccount_stale_tokens_total, audit annotation " +
				"authentication.k8s.io/stale-token), update them, then set --service-account-extend-token-expiration=false.",
			References: []model.Reference{model.CIS("1.2.30"), model.CWE("CWE-613"), model.Docs("reference/command-line-tools-reference/kube-apiserver/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagMustBe(controlplane.APIServer, "service-account-extend-token-expiration", false, 3, "accepts service account tokens for a year"),
	}
}
