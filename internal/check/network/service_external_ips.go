package network

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ServiceExternalIPs fails Services that claim addresses outside the cluster.
func ServiceExternalIPs() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "service-external-ips",
			Title:    "Service claims external IP addresses",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Nodes send traffic for these addresses to the Service's pods, whoever owns the address. Whoever may write Services can take over " +
				"connections of other pods to any address (CVE-2020-8554). The field is deprecated since Kubernetes 1.36.",
			Remediation: "Use type LoadBalancer or a gateway. Refuse the field to everyone with the DenyServiceExternalIPs admission plugin or a ValidatingAdmissionPolicy.",
			References: []model.Reference{
				model.CWE("CWE-300"), model.MITRE("T1557"),
				model.Docs("concepts/services-networking/service/#external-ips"),
			},
		},
		On: []string{"Service"},
		Run: func(c *check.Case) {
			s, err := kinds.Services.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if len(s.Spec.ExternalIPs) == 0 || s.Spec.ClusterIP == corev1.ClusterIPNone || s.Spec.Type == corev1.ServiceTypeExternalName {
				return // the field has no effect on headless and ExternalName Services
			}
			c.Fail("", "Service %s takes the traffic for %s", c.Object.Name, check.Text(s.Spec.ExternalIPs)).
				At("spec.externalIPs", s.Spec.ExternalIPs).
				Fix(3, "Give the addresses up", check.Remove(c.Object, "spec.externalIPs"))
		},
	}
}
