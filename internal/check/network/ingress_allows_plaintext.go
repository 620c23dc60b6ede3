package network

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IngressAllowsPlaintext fails Ingresses that have TLS and serve plain HTTP too.
func IngressAllowsPlaintext() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-allows-plaintext",
			Title:    "Ingress with TLS serves the same hosts over plain HTTP",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "A client that follows an old link or types a bare name sends its cookies in the clear, and stays there. " +
				"The certificate protects only those who ask for it.",
			Remediation: "Redirect HTTP to HTTPS, or switch the plain listener off.",
			References: []model.Reference{
				model.CWE("CWE-319"), model.MITRE("T1557"), model.Docs("concepts/services-networking/ingress/#tls"),
			},
		},
		On: []string{ingressKind},
		Run: func(c *check.Case) {
			i := ingress(c)
			if i == nil {
				return
			}
			controller, known := controllerOf(c.View, i)
			if !known {
				c.Unknown()
				return
			}
			ended, _ := tlsElsewhere(i, controller)
			if len(i.Spec.TLS) == 0 && !ended {
				c.Skip()
				return
			}
			if i.Annotations[nginxPrefix+"force-ssl-redirect"] == "true" {
				return
			}
			for _, key := range []string{nginxPrefix + "ssl-redirect", "ingress.kubernetes.io/ssl-redirect", "haproxy.org/ssl-redirect", "haproxy-ingress.github.io/ssl-redirect"} {
				if value, set := i.Annotations[key]; set && strings.EqualFold(value, "false") {
					c.Fail("", "Ingress %s does not redirect HTTP to HTTPS", c.Object.Name).At(annotation(key), value).
						Fix(2, "Redirect to HTTPS", check.Set(c.Object, annotation(key), "true"))
					return
				}
			}
			if key, open := cloudPlaintext(i, controller); open {
				c.Fail("", "the load balancer of Ingress %s serves HTTP beside HTTPS", c.Object.Name).At(annotation(key), i.Annotations[key])
			}
		},
	}
}

// cloudPlaintext reports whether the load balancer of a cloud provider is left to
// serve HTTP, and the annotation that decides.
func cloudPlaintext(i *networkingv1.Ingress, controller string) (key string, open bool) {
	switch {
	case strings.HasPrefix(controller, "ingress.gce.io/"):
		const allow = "kubernetes.io/ingress.allow-http"
		return allow, i.Annotations[allow] != "false" && i.Annotations["networking.gke.io/v1beta1.FrontendConfig"] == ""
	case controller == "ingress.k8s.aws/alb":
		const listen, redirect = "alb.ingress.kubernetes.io/listen-ports", "alb.ingress.kubernetes.io/ssl-redirect"
		ports := i.Annotations[listen]
		return listen, strings.Contains(ports, `"HTTP"`) && strings.Contains(ports, `"HTTPS"`) &&
			i.Annotations[redirect] == "" && i.Annotations["alb.ingress.kubernetes.io/actions.ssl-redirect"] == ""
	default:
		return "", false
	}
}
