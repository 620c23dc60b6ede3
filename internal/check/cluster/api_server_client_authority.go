package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerClientAuthority fails API servers without a CA for client
// certificates.
func APIServerClientAuthority() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-client-authority",
			Title:    "API server does not accept client certificates",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Kubelets and the control plane authenticate with client certificates. Without a CA to verify them, they need " +
				"tokens that do not expire, or are anonymous.",
			Remediation: "Set --client-ca-file to the CA that signs the certificates of kubelets and of the control plane.",
			References:  []model.Reference{model.CIS("1.2.25"), model.CWE("CWE-287"), model.Docs("reference/access-authn-authz/authentication/#x509-client-certificates")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagsMustBeSet(controlplane.APIServer, "cannot verify client certificates", "client-ca-file"),
	}
}
