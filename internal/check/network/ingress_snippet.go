package network

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IngressSnippet fails Ingresses that put configuration of their own into the
// proxy.
func IngressSnippet() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-snippet",
			Title:    "Ingress injects configuration into the shared proxy",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Snippets are copied into the proxy's configuration and run with its rights. That they work here means that everyone who may " +
				"write an Ingress can read the controller's token, and with it the Secrets of the cluster (CVE-2021-25742).",
			Remediation: "Use the annotations or middleware made for the purpose, and switch snippets off: allow-snippet-annotations: \"false\" in the controller's ConfigMap.",
			References: []model.Reference{
				model.CWE("CWE-94"), model.MITRE("T1552"), model.Docs("concepts/services-networking/ingress-controllers/"),
			},
		},
		On: []string{ingressKind},
		Run: func(c *check.Case) {
			i := ingress(c)
			if i == nil {
				return
			}
			for key, text := range i.Annotations {
				if !snippet(key) || text == "" {
					continue
				}
				failure := c.Fail(key, "%s adds to the configuration of the proxy", key)
				if dangerous := dangerousDirective(text); dangerous != "" {
					failure.Severity(model.High).At(annotation(key), dangerous)
				} else {
					failure.At(annotation(key), firstLine(text))
				}
				failure.Fix(3, "Remove the snippet", check.Remove(c.Object, annotation(key)))
			}
		},
	}
}

// snippet reports annotations whose text becomes configuration of the proxy.
func snippet(key string) bool {
	switch key {
	case exposure.NginxPrefix + "configuration-snippet", exposure.NginxPrefix + "server-snippet", exposure.NginxPrefix + "stream-snippet",
		exposure.NginxPrefix + "auth-snippet", exposure.NginxPrefix + "modsecurity-snippet",
		"nginx.org/server-snippets", "nginx.org/location-snippets",
		"haproxy.org/backend-config-snippet", "haproxy-ingress.github.io/config-backend", "haproxy-ingress.github.io/config-frontend",
		"ingress.kubernetes.io/configuration-snippet", "ingress.kubernetes.io/config-backend":
		return true
	default:
		return false
	}
}

// dangerousDirective returns a directive that runs code or serves files of the
// proxy, or "".
func dangerousDirective(text string) string {
	for _, directive := range []string{
		"_by_lua", "load_module", "ssl_engine", "serviceaccount", "/var/run/secrets", "/run/secrets", "/etc/ingress-controller", "/proc/",
		"alias /", "root /", "exec-by", "js_content", "perl",
	} {
		if strings.Contains(text, directive) {
			return directive
		}
	}
	return ""
}

func firstLine(text string) string {
	line, _, more := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > 60 {
		line, more = line[:60], true
	}
	if more {
		line += " …"
	}
	return strings.ToValidUTF8(line, "")
}
