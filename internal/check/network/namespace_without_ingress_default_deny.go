package network

import (
	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// NamespaceWithoutIngressDefaultDeny fails namespaces whose pods accept traffic
// unless a policy happens to select them.
func NamespaceWithoutIngressDefaultDeny() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "namespace-without-ingress-default-deny",
			Title:    "Namespace has no default-deny NetworkPolicy for ingress",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "A pod that no policy selects accepts connections from every other pod of the cluster. " +
				"One compromised pod reaches them all, and each new pod is open until somebody remembers to write a policy for it.",
			Remediation: "Create a NetworkPolicy with podSelector: {} and policyTypes: [Ingress] and no rules, then allow what the pods need.",
			References: []model.Reference{
				model.CIS("5.3.2"), model.NSA("Network separation and hardening"), model.CWE("CWE-1327"),
				model.Docs("concepts/services-networking/network-policies/#default-deny-all-ingress-traffic"),
			},
		},
		On:  []string{"Namespace"},
		Run: func(c *check.Case) { judgeDefaultDeny(c, networkingv1.PolicyTypeIngress) },
	}
}
