package network

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NetworkPolicyAllowsAllIngress fails NetworkPolicies with a rule that lets
// everybody in on every port.
func NetworkPolicyAllowsAllIngress() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "network-policy-allows-all-ingress",
			Title:    "NetworkPolicy lets everyone in on every port",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Policies add up: what one of them allows no other can take back. A rule without peers and ports switches the isolation " +
				"of the pods it selects off, while the policy's presence suggests that they are protected.",
			Remediation: "Name who may connect (podSelector, namespaceSelector or a narrow ipBlock) and on which ports. To publish a port, list that port.",
			References: []model.Reference{
				model.CIS("5.3.2"), model.NSA("Network separation and hardening"), model.CWE("CWE-284"),
				model.Docs("concepts/services-networking/network-policies/#allow-all-ingress-traffic"),
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
			if !p.ingress {
				c.Skip()
				return
			}
			said := map[string]bool{}
			for i := range np.Spec.Ingress {
				rule, path := &np.Spec.Ingress[i], model.Path("spec.ingress").Index(i)
				open, peers := openIngress(rule)
				value := blocks(rule.From)
				for j := 0; !open && len(rule.Ports) == 0 && j < len(rule.From); j++ {
					if anyPod(&rule.From[j]) {
						open, peers, path = true, "every pod of every namespace", (path+".from").Index(j)+".namespaceSelector"
					}
				}
				if !open || said[peers] {
					continue
				}
				said[peers] = true
				severity := model.Low
				if p.everyPod() && peers != "every pod of every namespace" {
					severity = model.Medium
				}
				c.Fail(peers, "%s may connect to %s on every port", peers, selected(&p)).Severity(severity).At(path, value)
			}
		},
	}
}

func selected(p *policy) string {
	if p.everyPod() {
		return "every pod of namespace " + p.object.Namespace
	}
	if p.selector == nil {
		return "the selected pods"
	}
	return "pods with " + p.selector.String()
}
