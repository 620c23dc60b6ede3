package network

import (
	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NetworkPolicyRulesIgnored fails NetworkPolicies with rules of a direction that
// their policyTypes leave out.
func NetworkPolicyRulesIgnored() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "network-policy-rules-ignored",
			Title:    "NetworkPolicy has rules of a direction that it does not govern",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "policyTypes says which directions a policy isolates. Rules of the other direction are stored and never applied: " +
				"traffic that its author meant to restrict stays open.",
			Remediation: "Add the direction to policyTypes, or remove the rules.",
			References:  []model.Reference{model.CWE("CWE-1327"), model.Docs("concepts/services-networking/network-policies/#networkpolicy-resource")},
		},
		On: []string{"networking.k8s.io/NetworkPolicy"},
		Run: func(c *check.Case) {
			np, err := kinds.NetworkPolicies.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			p := newPolicy(c.Object, np)
			if len(np.Spec.Ingress) > 0 && !p.ingress {
				failIgnored(c, np, networkingv1.PolicyTypeIngress, "spec.ingress")
			}
			if len(np.Spec.Egress) > 0 && !p.egress {
				failIgnored(c, np, networkingv1.PolicyTypeEgress, "spec.egress")
			}
		},
	}
}

func failIgnored(c *check.Case, np *networkingv1.NetworkPolicy, direction networkingv1.PolicyType, rules model.Path) {
	types := make([]string, len(np.Spec.PolicyTypes))
	for i := range types {
		types[i] = string(np.Spec.PolicyTypes[i])
	}
	c.Fail(string(direction), "the %s rules have no effect: policyTypes does not name %s", verb(direction), direction).
		At("spec.policyTypes", types).At(rules, "set").
		Fix(2, "Add "+string(direction)+" to policyTypes", check.Add(c.Object, "spec.policyTypes", direction))
}
