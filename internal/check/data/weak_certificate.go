package data

import (
	"fmt"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// WeakCertificate fails Secrets with a certificate whose key or signature can be
// broken.
func WeakCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "weak-certificate",
			Title:    "Certificate has a weak key or signature",
			Layer:    model.LayerData,
			Severity: model.Medium,
			Rationale: "RSA keys below 2048 bits can be factored, and SHA-1 and MD5 collide: who has the means makes a certificate that is " +
				"believed, or computes the key and reads the traffic. Current TLS libraries refuse them.",
			Remediation: "Issue a certificate with an ECDSA P-256 or RSA 2048 key (3072 for long life), signed with SHA-256.",
			References:  []model.Reference{model.CWE("CWE-326"), model.CWE("CWE-328"), model.Docs("concepts/configuration/secret/#tls-secrets")},
		},
		On: []string{"Secret"},
		Run: func(c *check.Case) {
			eachCertificate(c, func(name string, certificate *kinds.Certificate) {
				what, value := "", ""
				switch {
				case certificate.PublicKeyAlgorithm == "RSA" && certificate.PublicKeyBits > 0 && certificate.PublicKeyBits < 2048:
					value = fmt.Sprintf("RSA %d", certificate.PublicKeyBits)
					what = fmt.Sprintf("has an RSA key of %d bits", certificate.PublicKeyBits)
				case certificate.PublicKeyAlgorithm == "ECDSA" && certificate.PublicKeyBits > 0 && certificate.PublicKeyBits < 256:
					value = fmt.Sprintf("ECDSA %d", certificate.PublicKeyBits)
					what = fmt.Sprintf("has an elliptic key of %d bits", certificate.PublicKeyBits)
				case certificate.PublicKeyAlgorithm == "DSA":
					value, what = "DSA", "has a DSA key"
				case weakSignature(certificate):
					value, what = certificate.SignatureAlgorithm, "is signed with "+certificate.SignatureAlgorithm
				default:
					return
				}
				c.Fail(name, "the certificate in %s for %s %s", name, holder(certificate), what).At(kinds.KeyPath(c.Object, name), value)
			})
		},
	}
}

// weakSignature reports signatures that can be forged. Nobody checks the one of a
// certificate that signed itself.
func weakSignature(certificate *kinds.Certificate) bool {
	if certificate.Subject == certificate.Issuer {
		return false
	}
	switch certificate.SignatureAlgorithm {
	case "MD2-RSA", "MD5-RSA", "SHA1-RSA", "DSA-SHA1", "ECDSA-SHA1":
		return true
	default:
		return false
	}
}
