package network

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// LoadBalancerOpenToAll fails Services of type LoadBalancer that admit every
// source address.
func LoadBalancerOpenToAll() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "load-balancer-open-to-all",
			Title:    "Load balancer admits every source address",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "The cloud gives the Service a public address and forwards whatever arrives: the pods stand on the Internet with only their own " +
				"code between them and everyone who scans it.",
			Remediation: "Publish through one ingress or gateway with TLS; else list the networks that may connect in loadBalancerSourceRanges, or ask the provider for an internal load balancer.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.MITRE("T1190"), model.CWE("CWE-668"),
				model.Docs("concepts/services-networking/service/#loadbalancer"),
			},
		},
		On: []string{"Service"},
		Run: func(c *check.Case) {
			s, err := kinds.Services.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if s.Spec.Type != corev1.ServiceTypeLoadBalancer {
				c.Skip()
				return
			}
			switch audienceOf(s) {
			case undecidable:
				c.Unknown()
			case everyone:
				ranges, at := exposure.SourceRanges(s)
				if at == "" {
					at = "spec.loadBalancerSourceRanges"
				}
				c.Fail("", "load balancer %s admits every source address", c.Object.Name).
					At("spec.type", s.Spec.Type).At(at, ranges)
			}
		},
	}
}
