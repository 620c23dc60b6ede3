package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutServiceAccountAdmission fails API servers without the
// admission plugin ServiceAccount.
func APIServerWithoutServiceAccountAdmission() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-without-service-account-admission",
			Title:    "API server does not give pods their service account",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Pods get no token of their own and may name service accounts that do not exist, so people fall back to " +
				"long-lived tokens and certificates that they copy into images and Secrets. Limits on which Secrets a service " +
				"account may mount are not enforced.",
			Remediation: "Take ServiceAccount out of --disable-admission-plugins.",
			References:  []model.Reference{model.CIS("1.2.12"), model.CWE("CWE-287"), model.Docs("reference/access-authn-authz/admission-controllers/#serviceaccount")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  pluginMustBeOn("ServiceAccount", 1, "does not give pods their service account"),
	}
}
