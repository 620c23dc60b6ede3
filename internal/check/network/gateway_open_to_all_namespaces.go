package network

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// GatewayOpenToAllNamespaces fails Gateways that take routes from every namespace.
func GatewayOpenToAllNamespaces() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "gateway-open-to-all-namespaces",
			Title:    "Gateway takes routes from every namespace",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "Whoever may write a route anywhere in the cluster can publish a workload, and take over paths and host names that " +
				"another team's application is reached under.",
			Remediation: "Set allowedRoutes.namespaces.from to Selector with a label that only platform administrators set, or to Same, and give each listener a hostname.",
			References: []model.Reference{
				model.CWE("CWE-284"), model.NSA("Network separation and hardening"), model.Docs("concepts/services-networking/gateway/"),
			},
		},
		On: []string{gatewayKind},
		Run: func(c *check.Case) {
			g, err := kinds.Gateways.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			for i := range g.Spec.Listeners {
				l := &g.Spec.Listeners[i]
				if admits(l, "a", "b") != yes {
					continue
				}
				names := "any host name"
				if l.Hostname != nil && *l.Hostname != "" {
					names = "host names under " + string(*l.Hostname)
				}
				path := model.Path("spec.listeners").Index(i) + ".allowedRoutes.namespaces.from"
				c.Fail(string(l.Name), "every namespace may claim %s on listener %s", names, l.Name).At(path, gatewayv1.NamespacesFromAll)
			}
		},
	}
}
