package data

import (
	"time"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// CertificateExpiresSoon fails Secrets with a certificate that should have been
// renewed by now.
func CertificateExpiresSoon() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "certificate-expires-soon",
			Title:    "Certificate expires soon",
			Layer:    model.LayerData,
			Severity: model.Low,
			Rationale: "Less than 30 days and less than a quarter of its life are left: whatever renews it should have done so by now. When it expires, " +
				"connections fail or stop being checked.",
			Remediation: "Renew the certificate, and look why the automation did not.",
			References:  []model.Reference{model.CWE("CWE-298"), model.Docs("concepts/configuration/secret/#tls-secrets")},
		},
		On: []string{"Secret"},
		Run: func(c *check.Case) {
			now := c.Settings().Now
			eachCertificate(c, func(name string, certificate *kinds.Certificate) {
				left := certificate.NotAfter.Sub(now)
				switch {
				case now.IsZero():
					c.Unknown()
				case left < 0:
					// another control says so
				case left < 30*24*time.Hour && left < certificate.NotAfter.Sub(certificate.NotBefore)/4:
					severity := model.Low
					if left < 7*24*time.Hour {
						severity = model.Medium
					}
					failCertificate(c, name, certificate, severity, "expires on "+certificate.NotAfter.Format(time.DateOnly))
				}
			})
		},
	}
}
