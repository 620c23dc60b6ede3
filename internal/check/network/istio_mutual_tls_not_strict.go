package network

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IstioMutualTLSNotStrict fails PeerAuthentications that let pods of the mesh take
// plain connections.
func IstioMutualTLSNotStrict() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-mutual-tls-not-strict",
			Title:    "Pods of the mesh accept connections without mutual TLS",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "Any pod without a sidecar can connect, unencrypted and without an identity: rules that name principals do not see it, " +
				"and who listens on the network reads along.",
			Remediation: "Set mtls.mode: STRICT once every client is part of the mesh.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.CWE("CWE-319"), model.MITRE("T1040"),
				model.Docs("concepts/security/"),
			},
		},
		On: []string{"security.istio.io/PeerAuthentication"},
		Run: func(c *check.Case) {
			p, err := mesh.PeerAuthentications.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if p.Unread != nil {
				c.Unknown() // what fails of the rest stands
			}
			if p.Spec.MTLS != nil {
				judgeMTLS(c, "", "every port", "spec.mtls.mode", p.Spec.MTLS.Mode)
			}
			for port, mtls := range p.Spec.PortLevelMTLS {
				judgeMTLS(c, port, "port "+port, model.Path("spec.portLevelMtls").Child(port)+".mode", mtls.Mode)
			}
		},
	}
}

func judgeMTLS(c *check.Case, key, where string, path model.Path, mode string) {
	switch mode {
	case "DISABLE":
		c.Fail(key, "mutual TLS is off on %s", where).Severity(model.Medium).At(path, mode).
			Fix(3, "Demand mutual TLS", check.Set(c.Object, path, "STRICT"))
	case "PERMISSIVE":
		c.Fail(key, "plain connections are accepted on %s", where).At(path, mode).
			Fix(3, "Demand mutual TLS", check.Set(c.Object, path, "STRICT"))
	}
}
