package network

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ServiceLosesClientAddress tells of outside Services whose pods do not see who
// connects.
func ServiceLosesClientAddress() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "service-loses-client-address",
			Title:    "Pods behind the Service do not see the client's address",
			Layer:    model.LayerNetwork,
			Severity: model.Info,
			Rationale: "With externalTrafficPolicy Cluster, nodes replace the client's address by their own: logs, rate limits, address filters and " +
				"NetworkPolicies with ipBlock all see a node.",
			Remediation: "Set externalTrafficPolicy: Local where load balancers check the health of nodes, or carry the address with the PROXY protocol.",
			References: []model.Reference{
				model.CWE("CWE-778"), model.Docs("tasks/access-application-cluster/create-external-load-balancer/#preserving-the-client-source-ip"),
			},
		},
		On: []string{"Service"},
		Run: func(c *check.Case) {
			s, err := kinds.Services.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			outside := s.Spec.Type == corev1.ServiceTypeLoadBalancer || s.Spec.Type == corev1.ServiceTypeNodePort
			if !outside || audienceOf(s) == privateOnly {
				c.Skip()
				return
			}
			if s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
				return
			}
			c.Fail("", "nodes hide who connects to Service %s", c.Object.Name).
				At("spec.externalTrafficPolicy", check.IfWritten(c.Object, "spec.externalTrafficPolicy", s.Spec.ExternalTrafficPolicy)).
				Fix(3, "Keep the client's address", check.Set(c.Object, "spec.externalTrafficPolicy", corev1.ServiceExternalTrafficPolicyLocal))
		},
	}
}
