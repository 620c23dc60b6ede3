package network

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IngressWithoutTLS fails Ingresses that serve a host without TLS.
func IngressWithoutTLS() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-without-tls",
			Title:    "Ingress serves a host without TLS",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Whoever is on the way between client and cluster reads passwords, session cookies and data, and can change what " +
				"both sides receive.",
			Remediation: "Name the host and a Secret with its certificate in spec.tls, for example one that cert-manager keeps fresh, and redirect HTTP to HTTPS.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.CWE("CWE-319"), model.MITRE("T1557"),
				model.Docs("concepts/services-networking/ingress/#tls"),
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
			switch ended, undecided := exposure.TLSElsewhere(i, controller); {
			case ended:
				return
			case undecided:
				c.Unknown()
				return
			}
			if len(i.Spec.TLS) == 0 {
				c.Fail("", "Ingress %s serves %s over plain HTTP", c.Object.Name, hosts(i)).At("spec.tls", nil)
				return
			}
			said := map[string]bool{}
			for n := range i.Spec.Rules {
				host := i.Spec.Rules[n].Host
				if said[host] || exposure.Encrypted(i.Spec.TLS, host) {
					continue
				}
				said[host] = true
				path := model.Path("spec.rules").Index(n)
				if host == "" {
					c.Fail("*", "names that spec.tls does not list are served over plain HTTP").At(path+".host", nil)
				} else {
					c.Fail(host, "host %s is not in spec.tls and is served over plain HTTP", host).At(path+".host", host)
				}
			}
		},
	}
}

// hosts lists the hosts of an Ingress, the first three of them.
func hosts(i *networkingv1.Ingress) string {
	var names []string
	for n := range i.Spec.Rules {
		if host := i.Spec.Rules[n].Host; host != "" {
			names = append(names, host)
		}
	}
	switch {
	case len(names) == 0:
		return "every host"
	case len(names) > 3:
		return strings.Join(names[:3], ", ") + " and more"
	default:
		return strings.Join(names, ", ")
	}
}
