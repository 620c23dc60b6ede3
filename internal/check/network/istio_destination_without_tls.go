package network

import (
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
			d, err := istioDestinationRules.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			judgeTrafficPolicy(c, "", d.Spec.Host, d.Spec.TrafficPolicy, "spec.trafficPolicy")
			for i := range d.Spec.Subsets {
				subset := &d.Spec.Subsets[i]
				judgeTrafficPolicy(c, subset.Name, d.Spec.Host, subset.TrafficPolicy, model.Path("spec.subsets").Index(i)+".trafficPolicy")
			}
		},
	}
}

func judgeTrafficPolicy(c *check.Case, key, host string, policy *istioTrafficPolicy, path model.Path) {
	switch {
	case policy == nil || policy.TLS == nil:
	case policy.TLS.Mode == "" || policy.TLS.Mode == "DISABLE":
		c.Fail(key, "connections to %s are not encrypted", host).At(path+".tls.mode", policy.TLS.Mode)
	case policy.TLS.InsecureSkipVerify:
		c.Fail(key, "the certificate of %s is not checked", host).At(path+".tls.insecureSkipVerify", true).
			Fix(3, "Check the certificate", check.Set(c.Object, path+".tls.insecureSkipVerify", false))
	}
}
