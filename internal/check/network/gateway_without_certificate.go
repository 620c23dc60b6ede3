package network

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// GatewayWithoutCertificate fails Gateways with a TLS listener whose certificate is
// not there.
func GatewayWithoutCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "gateway-without-certificate",
			Title:    "TLS listener of the Gateway has no certificate",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "The listener does not come up, or serves a made-up certificate: the application is away, or its users learn to " +
				"click warnings away.",
			Remediation: "Name a Secret of type kubernetes.io/tls in tls.certificateRefs and have an issuer such as cert-manager fill it.",
			References:  []model.Reference{model.CWE("CWE-297"), model.Docs("concepts/services-networking/gateway/")},
		},
		On: []string{gatewayKind},
		Run: func(c *check.Case) {
			g, err := kinds.Gateways.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			for i := range g.Spec.Listeners {
				l, path := &g.Spec.Listeners[i], model.Path("spec.listeners").Index(i)+".tls"
				if !terminates(l) {
					continue
				}
				if l.TLS == nil || len(l.TLS.CertificateRefs) == 0 {
					if l.TLS == nil || len(l.TLS.Options) == 0 { // options name certificates that the provider keeps
						c.Fail(string(l.Name), "listener %s names no certificate", l.Name).At(path+".certificateRefs", nil)
					}
					continue
				}
				for n := range l.TLS.CertificateRefs {
					judgeCertificateRef(c, l, &l.TLS.CertificateRefs[n], (path + ".certificateRefs").Index(n))
				}
			}
		},
	}
}

func terminates(l *gatewayv1.Listener) bool {
	if l.Protocol != gatewayv1.HTTPSProtocolType && l.Protocol != gatewayv1.TLSProtocolType {
		return false
	}
	return l.TLS == nil || l.TLS.Mode == nil || *l.TLS.Mode == gatewayv1.TLSModeTerminate
}

func judgeCertificateRef(c *check.Case, l *gatewayv1.Listener, ref *gatewayv1.SecretObjectReference, path model.Path) {
	if ref.Kind != nil && *ref.Kind != "Secret" || ref.Group != nil && *ref.Group != "" {
		return
	}
	namespace := c.Object.Namespace
	if ref.Namespace != nil {
		namespace = string(*ref.Namespace)
	}
	if _, _, presence := snapshot.Get(c.View, kinds.Secrets, namespace, string(ref.Name)); presence == snapshot.Absent {
		c.Fail(string(l.Name)+" "+string(ref.Name), "Secret %s/%s of listener %s does not exist", namespace, ref.Name, l.Name).At(path+".name", ref.Name)
	}
}
