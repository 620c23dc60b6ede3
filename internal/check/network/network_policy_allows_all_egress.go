package network

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NetworkPolicyAllowsAllEgress fails NetworkPolicies with a rule that lets pods
// connect to everything.
func NetworkPolicyAllowsAllEgress() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "network-policy-allows-all-egress",
			Title:    "NetworkPolicy allows egress to everything on every port",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "The pods may reach every pod, the API server, the nodes and the Internet: a compromised one can send out what it finds " +
				"and fetch what it needs. The policy isolates nothing in that direction.",
			Remediation: "List what the pods connect to: DNS, the Services they call, and the outside networks with their ports.",
			References: []model.Reference{
				model.CIS("5.3.2"), model.NSA("Network separation and hardening"), model.MITRE("T1048"),
				model.Docs("concepts/services-networking/network-policies/#allow-all-egress-traffic"),
			},
		},
		On: []string{"networking.k8s.io/NetworkPolicy"},
		Run: func(c *check.Case) {
			np, err := kinds.NetworkPolicies.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			p := newPolicy(c.Object, np)
			if !p.egress {
				c.Skip()
				return
			}
			said := map[string]bool{}
			for i := range np.Spec.Egress {
				open, peers := openEgress(&np.Spec.Egress[i])
				if !open || said[peers] {
					continue
				}
				said[peers] = true
				c.Fail(peers, "%s may connect to %s on every port", selected(&p), peers).At(model.Path("spec.egress").Index(i), blocks(np.Spec.Egress[i].To))
			}
		},
	}
}
