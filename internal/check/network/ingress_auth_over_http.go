package network

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IngressAuthOverHTTP fails Ingresses that ask an outside service over plain HTTP
// whether a request is allowed.
func IngressAuthOverHTTP() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-auth-over-http",
			Title:    "Ingress asks for authentication over plain HTTP",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "The proxy sends the client's cookies and headers to the authentication service and believes its answer. Whoever is on that way " +
				"reads the sessions and lets himself in.",
			Remediation: "Use an https:// address, or a Service of the cluster by its cluster-local name.",
			References:  []model.Reference{model.CWE("CWE-319"), model.MITRE("T1557"), model.Docs("concepts/services-networking/ingress-controllers/")},
		},
		On: []string{ingressKind},
		Run: func(c *check.Case) {
			i := ingress(c)
			if i == nil {
				return
			}
			applies := false
			for _, key := range []string{
				exposure.NginxPrefix + "auth-url", "ingress.kubernetes.io/auth-url", "haproxy-ingress.github.io/auth-url", "traefik.ingress.kubernetes.io/auth-url",
			} {
				value := i.Annotations[key]
				applies = applies || value != ""
				if host, plain := strings.CutPrefix(strings.ToLower(value), "http://"); plain && !inCluster(host) {
					c.Fail(key, "requests are authenticated at %s", firstLine(value)).At(annotation(key), firstLine(value))
				}
			}
			if !applies {
				c.Skip()
			}
		},
	}
}

// inCluster reports whether the host at the front of the rest of a URL is a
// Service of the cluster or the proxy itself.
func inCluster(rest string) bool {
	host := rest
	if end := strings.IndexAny(host, "/:?#"); end >= 0 {
		host = host[:end]
	}
	return host == "localhost" || host == "127.0.0.1" || strings.HasSuffix(host, ".svc") || strings.HasSuffix(host, ".svc.cluster.local") ||
		!strings.Contains(host, ".") || strings.Contains(host, ".svc.")
}
