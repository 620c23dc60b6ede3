package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerServiceAccountLookup fails API servers that do not look service
// accounts up.
func APIServerServiceAccountLookup() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-service-account-lookup",
			Title:    "API server accepts tokens of deleted service accounts",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The API server checks the signature of a service account token and not whether the account and the Secret or pod " +
				"that it was made for are still there. Deleting them does not take access away.",
			Remediation: "Remove --service-account-lookup=false; true is the default.",
			References:  []model.Reference{model.CIS("1.2.21"), model.CWE("CWE-613"), model.Docs("reference/command-line-tools-reference/kube-apiserver/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagMustBe(controlplane.APIServer, "service-account-lookup", true, 1, "accepts tokens of deleted service accounts"),
	}
}
