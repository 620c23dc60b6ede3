package network

import (
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IngressAnyHost fails Ingresses that answer for names which they do not list.
func IngressAnyHost() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-any-host",
			Title:    "Ingress answers for every host name",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "On a controller that several teams share, a rule without a host takes the requests for every name that nobody else claims, " +
				"and gives attacks on the Host header (cache poisoning, forged links) a way in.",
			Remediation: "Name the hosts that the application is reached under. Keep a default backend for one harmless page of the platform.",
			References: []model.Reference{
				model.CWE("CWE-20"), model.Docs("concepts/services-networking/ingress/#hostname-wildcards"),
			},
		},
		On: []string{ingressKind},
		Run: func(c *check.Case) {
			i := ingress(c)
			if i == nil {
				return
			}
			if c.Object.Version != "v1" {
				c.Unknown() // older versions call spec.defaultBackend differently
			}
			if i.Spec.DefaultBackend != nil && len(i.Spec.Rules) == 0 {
				c.Fail("default backend", "Ingress %s takes every host that no other claims", c.Object.Name).At("spec.defaultBackend", "set")
			}
			said := map[string]bool{}
			for n := range i.Spec.Rules {
				host, path := i.Spec.Rules[n].Host, (model.Path("spec.rules")).Index(n)+".host"
				if said[host] {
					continue
				}
				said[host] = true
				if host == "" {
					c.Fail("no host", "a rule of Ingress %s has no host and takes every name", c.Object.Name).At(path, nil)
				} else if strings.HasPrefix(host, "*.") {
					c.Fail(host, "host %s takes every name below that domain", host).Severity(model.Info).At(path, host)
				}
			}
		},
	}
}
