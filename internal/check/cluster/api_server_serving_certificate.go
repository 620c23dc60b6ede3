package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerServingCertificate fails API servers without a certificate that
// clients can verify.
func APIServerServingCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-serving-certificate",
			Title:    "API server makes a serving certificate for itself",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Clients cannot verify a certificate that the server signed itself, so they are told to skip the verification, " +
				"and then take any server for the API.",
			Remediation: "Set --tls-cert-file and --tls-private-key-file to a certificate that the cluster CA has signed.",
			References:  []model.Reference{model.CIS("1.2.24"), model.CWE("CWE-295"), model.Docs("setup/best-practices/certificates/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagsMustBeSet(controlplane.APIServer, "makes a serving certificate for itself", "tls-cert-file", "tls-private-key-file"),
	}
}
