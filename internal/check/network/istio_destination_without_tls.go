package network

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IstioDestinationWithoutTLS fails DestinationRules that switch TLS, or the check of
// the server's certificate, off.
func IstioDestinationWithoutTLS() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-destination-without-tls",
			Title:    "Istio DestinationRule switches TLS off",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Clients of the mesh send to this host in the clear, or to whoever presents any certificate: the encryption that the mesh " +
				"promises ends here.",
			Remediation: "Use tls.mode ISTIO_MUTUAL inside the mesh, and SIMPLE with caCertificates for hosts outside; remove insecureSkipVerify.",
			References:  []model.Reference{model.NSA("Network separation and hardening"), model.CWE("CWE-319"), model.CWE("CWE-295"), model.Docs("concepts/security/")},
		},
		On: []string{"networking.istio.io/DestinationRule"},
		Run: func(c *check.Case) {
			d, err := mesh.DestinationRules.Read(c.Object)
			if err != nil || d.Unread != nil {
				c.Unknown()
				return
			}
			if p := d.Spec.TrafficPolicy; p != nil && p.TLS != nil {
				judgeClientTLS(c, "", d.Spec.Host, p.TLS.Mode, p.TLS.InsecureSkipVerify, "spec.trafficPolicy.tls")
			}
			for i := range d.Spec.Subsets {
				if p := d.Spec.Subsets[i].TrafficPolicy; p != nil && p.TLS != nil {
					judgeClientTLS(c, d.Spec.Subsets[i].Name, d.Spec.Host, p.TLS.Mode, p.TLS.InsecureSkipVerify, model.Path("spec.subsets").Index(i)+".trafficPolicy.tls")
				}
			}
		},
	}
}

func judgeClientTLS(c *check.Case, key, host, mode string, unchecked bool, path model.Path) {
	switch {
	case mode == "" || mode == "DISABLE":
		c.Fail(key, "connections to %s are not encrypted", host).At(path+".mode", mode)
	case unchecked:
		c.Fail(key, "the certificate of %s is not checked", host).At(path+".insecureSkipVerify", true).
			Fix(3, "Check the certificate", check.Set(c.Object, path+".insecureSkipVerify", false))
	}
}
