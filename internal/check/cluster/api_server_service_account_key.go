package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerServiceAccountKey fails API servers without a key for service
// account tokens.
func APIServerServiceAccountKey() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-service-account-key",
			Title:    "API server verifies service account tokens with its TLS key",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Without keys of their own, tokens are verified with the key that the API server serves TLS with. Renewing the " +
				"one then breaks the other, so keys stay in use for years, and whoever gets the TLS key can make tokens of any " +
				"service account.",
			Remediation: "Make a key pair for tokens and set --service-account-key-file (public) and --service-account-signing-key-file " +
				"(private).",
			References: []model.Reference{model.CIS("1.2.22"), model.CWE("CWE-323"), model.Docs("reference/command-line-tools-reference/kube-apiserver/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			// A signer outside of the server (1.34 and later) brings its own keys.
			if signer := s.Flag("service-account-signing-endpoint"); !signer.Known {
				s.c.Unknown()
			} else if signer.Value == "" {
				s.mustBeSet("verifies service account tokens with its TLS key", "service-account-key-file")
			}
		}),
	}
}
