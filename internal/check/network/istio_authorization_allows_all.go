package network

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IstioAuthorizationAllowsAll fails AuthorizationPolicies with a rule that every
// request meets.
func IstioAuthorizationAllowsAll() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-authorization-allows-all",
			Title:    "Istio AuthorizationPolicy allows every request",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "Rules add up: one without from, to and when lets every workload and every caller through, whatever the other " +
				"ALLOW policies demand.",
			Remediation: "Say in the rule who may call (from), what (to) and under which conditions (when), or remove it.",
			References:  []model.Reference{model.NSA("Network separation and hardening"), model.CWE("CWE-862"), model.Docs("concepts/security/")},
		},
		On: []string{"security.istio.io/AuthorizationPolicy"},
		Run: func(c *check.Case) {
			p, err := mesh.AuthorizationPolicies.Read(c.Object)
			if err != nil || p.Unread != nil {
				c.Unknown()
				return
			}
			if p.Spec.Action != "" && p.Spec.Action != "ALLOW" {
				c.Skip()
				return
			}
			for i, rule := range p.Spec.Rules {
				if len(rule.From) > 0 || len(rule.To) > 0 || len(rule.When) > 0 {
					continue
				}
				severity, whom := model.Low, "the selected workloads"
				if p.Spec.Selector == nil && len(p.Spec.TargetRefs) == 0 {
					severity, whom = model.Medium, "every workload of namespace "+c.Object.Namespace
				}
				c.Fail("", "a rule without conditions lets every request through to %s", whom).Severity(severity).At(model.Path("spec.rules").Index(i), "{}")
				return
			}
		},
	}
}
