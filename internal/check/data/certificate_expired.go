package data

import (
	"time"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// CertificateExpired fails Secrets with a certificate that is no longer valid.
func CertificateExpired() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "certificate-expired",
			Title:    "Certificate has expired",
			Layer:    model.LayerData,
			Severity: model.Medium,
			Rationale: "Clients refuse the connection, or were told not to check: then they accept any certificate, and whoever is on the way can " +
				"read along.",
			Remediation: "Issue a new certificate and automate it, for example with cert-manager; delete the Secret when nothing uses it.",
			References:  []model.Reference{model.CWE("CWE-298"), model.Docs("concepts/configuration/secret/#tls-secrets")},
		},
		On: []string{"Secret"},
		Run: func(c *check.Case) {
			now := c.Settings().Now
			eachCertificate(c, func(name string, certificate *kinds.Certificate) {
				switch {
				case now.IsZero():
					c.Unknown()
				case now.After(certificate.NotAfter):
					failCertificate(c, name, certificate, model.Medium, "expired on "+certificate.NotAfter.Format(time.DateOnly))
				}
			})
		},
	}
}
