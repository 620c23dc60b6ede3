package network

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// openshiftRoute is the part of a Route of route.openshift.io/v1 that is read here.
type openshiftRoute struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		Host string `json:"host"`
		TLS  *struct {
			Termination string `json:"termination"`
			Insecure    string `json:"insecureEdgeTerminationPolicy"`
		} `json:"tls"`
	} `json:"spec"`
}

var openshiftRoutes = kinds.Of[openshiftRoute]("route.openshift.io", "Route")

// OpenshiftRouteWithoutTLS fails OpenShift Routes that serve plain HTTP.
func OpenshiftRouteWithoutTLS() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "openshift-route-without-tls",
			Title:    "OpenShift Route serves plain HTTP",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Whoever is on the way between client and cluster reads passwords, session cookies and data, and can change what " +
				"both sides receive.",
			Remediation: "Set tls.termination to edge, reencrypt or passthrough, and tls.insecureEdgeTerminationPolicy to Redirect.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.CWE("CWE-319"), model.MITRE("T1557"),
				model.Docs("concepts/services-networking/ingress/#tls"),
			},
		},
		On: []string{"route.openshift.io/Route"},
		Run: func(c *check.Case) {
			r, err := openshiftRoutes.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			const policy = "spec.tls.insecureEdgeTerminationPolicy"
			switch {
			case r.Spec.TLS == nil || r.Spec.TLS.Termination == "":
				c.Fail("", "Route %s has no TLS", c.Object.Name).At("spec.tls.termination", nil).
					Fix(2, "Encrypt with the router's certificate and redirect", check.Set(c.Object, "spec.tls.termination", "edge"), check.Set(c.Object, policy, "Redirect"))
			case r.Spec.TLS.Insecure == "Allow":
				c.Fail("", "Route %s serves plain HTTP beside TLS", c.Object.Name).At(policy, r.Spec.TLS.Insecure).
					Fix(2, "Redirect to HTTPS", check.Set(c.Object, policy, "Redirect"))
			}
		},
	}
}
