package network

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/exposure"
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
			controller, known := exposure.ControllerOf(c.View, i)
			if !known {
				c.Unknown()
				return
			}
			ended, _ := exposure.TLSElsewhere(i, controller)
			if len(i.Spec.TLS) == 0 && !ended {
				c.Skip()
				return
			}
			if i.Annotations[exposure.NginxPrefix+"force-ssl-redirect"] == "true" {
				return
			}
			for _, key := range exposure.PlainRedirectKeys() {
				if value, set := i.Annotations[key]; set && strings.EqualFold(value, "false") {
					c.Fail("", "Ingress %s does not redirect HTTP to HTTPS", c.Object.Name).At(annotation(key), value).
						Fix(2, "Redirect to HTTPS", check.Set(c.Object, annotation(key), "true"))
					return
				}
			}
			if key, open := exposure.CloudPlaintext(i, controller); open {
				c.Fail("", "the load balancer of Ingress %s serves HTTP beside HTTPS", c.Object.Name).At(annotation(key), i.Annotations[key])
			}
		},
	}
}
