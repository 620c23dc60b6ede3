package network

import (
	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// NamespaceWithoutEgressDefaultDeny fails namespaces whose pods may connect to
// anything unless a policy happens to select them.
func NamespaceWithoutEgressDefaultDeny() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "namespace-without-egress-default-deny",
			Title:    "Namespace has no default-deny NetworkPolicy for egress",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "A pod that no egress policy selects may connect to anything: other pods, the API server, the cloud's metadata service, " +
				"the Internet. That is how stolen data leaves and how further tools are fetched.",
			Remediation: "Create a NetworkPolicy with podSelector: {} and policyTypes: [Egress], allow DNS and what the pods need, and nothing else.",
			References: []model.Reference{
				model.CIS("5.3.2"), model.NSA("Network separation and hardening"), model.MITRE("T1048"),
				model.Docs("concepts/services-networking/network-policies/#default-deny-all-egress-traffic"),
			},
		},
		On:  []string{"Namespace"},
		Run: func(c *check.Case) { judgeDefaultDeny(c, networkingv1.PolicyTypeEgress) },
	}
}
