package network

import (
	"fmt"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IstioGatewayOldTLS fails Istio Gateways that accept TLS 1.0 and 1.1.
func IstioGatewayOldTLS() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-gateway-old-tls",
			Title:    "Istio Gateway accepts TLS 1.0 or 1.1",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Both versions rest on SHA-1 and on ciphers with known attacks, and RFC 8996 forbids them. A client in the middle can " +
				"push both sides down to the oldest version that they accept.",
			Remediation: "Set tls.minProtocolVersion to TLSV1_2 or TLSV1_3, or leave it out: Istio's default is 1.2.",
			References:  []model.Reference{model.CWE("CWE-327"), model.NSA("Network separation and hardening"), model.Docs("concepts/services-networking/ingress-controllers/")},
		},
		On: []string{"networking.istio.io/Gateway"},
		Run: func(c *check.Case) {
			g, err := istioGateways.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			for i := range g.Spec.Servers {
				server := &g.Spec.Servers[i]
				if server.TLS == nil || server.TLS.MinProtocolVersion != "TLSV1_0" && server.TLS.MinProtocolVersion != "TLSV1_1" {
					continue
				}
				path := model.Path("spec.servers").Index(i) + ".tls.minProtocolVersion"
				c.Fail(fmt.Sprintf("%d %s", server.Port.Number, server.Port.Name), "port %d accepts %s", server.Port.Number, server.TLS.MinProtocolVersion).
					At(path, server.TLS.MinProtocolVersion).
					Fix(2, "Demand TLS 1.2", check.Set(c.Object, path, "TLSV1_2"))
			}
		},
	}
}
