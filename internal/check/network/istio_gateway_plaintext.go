package network

import (
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IstioGatewayPlaintext fails Istio Gateways that serve hosts over plain HTTP.
func IstioGatewayPlaintext() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-gateway-plaintext",
			Title:    "Istio Gateway serves plain HTTP",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "The mesh encrypts between its pods, but what clients send to this gateway can be read and changed on the way: " +
				"passwords, session cookies, data.",
			Remediation: "Serve the hosts on a server with protocol HTTPS and tls.mode SIMPLE, and set tls.httpsRedirect: true on the HTTP one.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.CWE("CWE-319"), model.MITRE("T1557"),
				model.Docs("concepts/services-networking/ingress-controllers/"),
			},
		},
		On: []string{"networking.istio.io/Gateway"},
		Run: func(c *check.Case) {
			g, err := istioGateways.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			said := map[string]bool{}
			for i := range g.Spec.Servers {
				server, path := &g.Spec.Servers[i], model.Path("spec.servers").Index(i)
				key := fmt.Sprintf("%d %s", server.Port.Number, strings.Join(server.Hosts, " "))
				if !plainHTTP(server.Port.Protocol) || server.TLS != nil && server.TLS.HTTPSRedirect || said[key] {
					continue
				}
				said[key] = true
				c.Fail(key, "port %d serves %s without TLS", server.Port.Number, anyHost(server.Hosts)).
					At(path+".port.protocol", server.Port.Protocol).At(path+".tls.httpsRedirect", nil)
			}
		},
	}
}

func plainHTTP(protocol string) bool {
	switch strings.ToUpper(protocol) {
	case "HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTP_PROXY":
		return true
	default:
		return false
	}
}

func anyHost(hosts []string) string {
	for _, host := range hosts {
		if host == "*" || strings.HasSuffix(host, "/*") {
			return "every host"
		}
	}
	return strings.Join(hosts, ", ")
}
