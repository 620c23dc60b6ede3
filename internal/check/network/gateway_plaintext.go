package network

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// GatewayPlaintext fails Gateways that serve routes over plain HTTP.
func GatewayPlaintext() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "gateway-plaintext",
			Title:    "Gateway serves routes over plain HTTP",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Whoever is on the way between client and cluster reads passwords, session cookies and data, and can change what " +
				"both sides receive.",
			Remediation: "Serve the routes on a listener with protocol HTTPS, and attach to the HTTP listener only a route that redirects (filter RequestRedirect, scheme https).",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.CWE("CWE-319"), model.MITRE("T1557"),
				model.Docs("concepts/services-networking/gateway/"),
			},
		},
		On: []string{gatewayKind},
		Run: func(c *check.Case) {
			g, err := kinds.Gateways.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			plain := false
			for i := range g.Spec.Listeners {
				if l := &g.Spec.Listeners[i]; l.Protocol == gatewayv1.HTTPProtocolType {
					plain = true
					judgePlainListener(c, l, model.Path("spec.listeners").Index(i))
				}
			}
			if !plain {
				c.Skip()
			}
		},
	}
}

// judgePlainListener fails an HTTP listener that some route answers on.
func judgePlainListener(c *check.Case, l *gatewayv1.Listener, path model.Path) {
	routes := attachedRoutes.Of(c.View, struct{}{})[gatewayName{c.Object.Namespace, c.Object.Name}]
	for i := range routes {
		route := &routes[i]
		if !route.on(l) || redirects(route.http) {
			continue
		}
		switch admits(l, c.Object.Namespace, route.object.Namespace) {
		case yes:
			c.Fail(string(l.Name), "listener %s serves %s without TLS", l.Name, route.object.ID).
				At(path+".protocol", l.Protocol).In(route.object, route.path+".name", route.ref.Name)
			return
		case perhaps:
			c.Unknown()
		}
	}
}

// redirects reports whether every rule of a route only sends clients to HTTPS.
func redirects(route *gatewayv1.HTTPRoute) bool {
	if route == nil || len(route.Spec.Rules) == 0 {
		return false
	}
	for i := range route.Spec.Rules {
		to := false
		for _, filter := range route.Spec.Rules[i].Filters {
			if r := filter.RequestRedirect; r != nil && r.Scheme != nil && *r.Scheme == "https" {
				to = true
			}
		}
		if !to {
			return false
		}
	}
	return true
}
