package data

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// eachCertificate calls judge for each certificate of the judged Secret. Without one
// the control does not apply.
func eachCertificate(c *check.Case, judge func(name string, certificate *kinds.Certificate)) {
	secret := secretOf(c)
	if secret == nil {
		return
	}
	if secret.Type == string(corev1.SecretTypeServiceAccountToken) {
		c.Skip() // its authority is the cluster's, and not kept here
		return
	}
	none := true
	for _, name := range slices.Sorted(maps.Keys(secret.Keys)) {
		if certificate := secret.Keys[name].Certificate; certificate != nil {
			none = false
			judge(name, certificate)
		}
	}
	if none {
		c.Skip()
	}
}

// failCertificate reports one certificate. An authority that is only trusted, and
// not used to serve, matters less.
func failCertificate(c *check.Case, name string, certificate *kinds.Certificate, severity model.Severity, what string) {
	if certificate.IsCA && name != corev1.TLSCertKey && severity > model.Low {
		severity = model.Low
	}
	c.Fail(name, "the certificate in %s for %s %s", name, holder(certificate), what).Severity(severity).
		At(kinds.KeyPath(c.Object, name), certificate.NotAfter.Format(time.DateOnly))
}

// holder names whom a certificate is for.
func holder(certificate *kinds.Certificate) string {
	return cmp.Or(strings.Join(certificate.DNSNames[:min(2, len(certificate.DNSNames))], ", "), certificate.Subject)
}
