package network

import (
	"slices"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// IngressTLSSecret fails Ingresses whose certificate is missing or was made for
// other hosts.
func IngressTLSSecret() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-tls-secret",
			Title:    "Certificate of the Ingress is missing or made for other hosts",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "The controller serves its own made-up certificate instead. Users learn to click the warning away, and cannot tell " +
				"it from the one that an attacker in the middle causes.",
			Remediation: "Have cert-manager or another issuer put a certificate for these hosts into the Secret.",
			References:  []model.Reference{model.CWE("CWE-297"), model.MITRE("T1557"), model.Docs("concepts/services-networking/ingress/#tls")},
		},
		On: []string{ingressKind},
		Run: func(c *check.Case) {
			i := ingress(c)
			if i == nil {
				return
			}
			if len(i.Spec.TLS) == 0 {
				c.Skip()
				return
			}
			said := map[string]bool{}
			for n := range i.Spec.TLS {
				entry, path := &i.Spec.TLS[n], model.Path("spec.tls").Index(n)
				if entry.SecretName == "" || said[entry.SecretName] {
					continue
				}
				said[entry.SecretName] = true
				object, secret, presence := snapshot.Get(c.View, kinds.Secrets, c.Object.Namespace, entry.SecretName)
				switch presence {
				case snapshot.Absent:
					c.Fail(entry.SecretName, "Secret %s is not in namespace %s", entry.SecretName, c.Object.Namespace).At(path+".secretName", entry.SecretName)
				case snapshot.Present:
					judgeCertificate(c, entry.Hosts, path, object, secret)
				}
			}
		},
	}
}

func judgeCertificate(c *check.Case, hosts []string, path model.Path, object *snapshot.Object, secret *kinds.Secret) {
	certificate := secret.Keys["tls.crt"].Certificate
	if certificate == nil {
		if key, ok := secret.Keys["tls.crt"]; !ok || key.SizeBytes == 0 {
			c.Fail(object.Name, "Secret %s holds no certificate under tls.crt", object.Name).At(path+".secretName", object.Name).In(object, "type", secret.Type)
		} else {
			c.Unknown()
		}
		return
	}
	for n, host := range hosts {
		if len(certificate.DNSNames) > 0 && !slices.ContainsFunc(certificate.DNSNames, func(name string) bool { return exposure.Covers(name, host) }) {
			c.Fail(object.Name+" "+host, "the certificate in Secret %s is for %s, not for %s", object.Name, check.Text(certificate.DNSNames), host).
				At((path+".hosts").Index(n), host).In(object, kinds.KeyPath(object, "tls.crt"), check.Text(certificate.DNSNames))
		}
	}
}
