package data

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// OpaqueTLSSecret tells of Secrets that hold a certificate and its key and do not
// say so.
func OpaqueTLSSecret() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "opaque-tls-secret",
			Title:    "Certificate and key are kept in a Secret of type Opaque",
			Layer:    model.LayerData,
			Severity: model.Info,
			Rationale: "The API server checks that a Secret of type kubernetes.io/tls has both parts, and tools that watch or renew certificates look " +
				"for that type.",
			Remediation: "Create it anew with type kubernetes.io/tls; the type of a Secret cannot be changed.",
			References:  []model.Reference{model.CWE("CWE-320"), model.Docs("concepts/configuration/secret/#tls-secrets")},
		},
		On: []string{"Secret"},
		Run: func(c *check.Case) {
			secret := secretOf(c)
			if secret == nil {
				return
			}
			certificate, key := secret.Keys[corev1.TLSCertKey], secret.Keys[corev1.TLSPrivateKeyKey]
			if secret.Type == string(corev1.SecretTypeOpaque) && certificate.Certificate != nil && key.PrivateKey {
				c.Fail("", "it holds a certificate for %s and its key", certificate.Certificate.Subject).
					At("type", secret.Type).At(kinds.KeyPath(c.Object, corev1.TLSCertKey), certificate.Certificate.Subject)
			}
		},
	}
}
