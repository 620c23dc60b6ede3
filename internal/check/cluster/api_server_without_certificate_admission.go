package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutCertificateAdmission fails API servers that leave
// certificate requests unguarded.
func APIServerWithoutCertificateAdmission() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-without-certificate-admission",
			Title:    "API server does not guard certificate requests",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Without CertificateSubjectRestriction, whoever may create and approve a request of the API server's client " +
				"signer gets a certificate of system:masters, which no role can take away again. Without CertificateApproval and " +
				"CertificateSigning the right to write a request's status is enough to approve or sign it.",
			Remediation: "Take CertificateApproval, CertificateSigning and CertificateSubjectRestriction out of " +
				"--disable-admission-plugins.",
			References: []model.Reference{model.MITRE("T1098"), model.CWE("CWE-269"), model.Docs("reference/access-authn-authz/certificate-signing-requests/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			for _, plugin := range []string{"CertificateApproval", "CertificateSigning", "CertificateSubjectRestriction"} {
				if s.Version.AtLeast(18) {
					s.mustAdmit(plugin, 1, "does not guard certificate requests")
				}
			}
		}),
	}
}
