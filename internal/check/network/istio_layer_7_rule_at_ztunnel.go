package network

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// IstioLayer7RuleAtZtunnel fails AuthorizationPolicies for pods in ambient mode that
// ztunnel cannot enforce as they are written.
func IstioLayer7RuleAtZtunnel() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-layer-7-rule-at-ztunnel",
			Title:    "Istio AuthorizationPolicy asks ztunnel for what only a waypoint can do",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "ztunnel sees connections, not requests. It leaves rules about requests out of policies that allow, which then let nobody in. In policies that deny, a source, " +
				"an operation or a condition about requests alone matches nobody, so that such a rule denies nothing. CUSTOM and AUDIT are not enforced at all.",
			Remediation: "Attach the policy to the Service or to its waypoint with targetRefs, and let only the waypoint through at ztunnel.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.CWE("CWE-863"), model.CWE("CWE-1164"), model.Docs("concepts/security/"),
			},
		},
		On: []string{"security.istio.io/AuthorizationPolicy"},
		Run: func(c *check.Case) {
			p, err := mesh.AuthorizationPolicies.Read(c.Object)
			if err != nil || p.Unread != nil {
				c.Unknown()
				return
			}
			targets, _ := p.Spec.Targets()
			rules, enforced := p.Spec.RequestRules(), p.Spec.Action != "CUSTOM" && p.Spec.Action != "AUDIT"
			if len(targets) > 0 || enforced && len(rules) == 0 {
				c.Skip()
				return
			}
			w, known := ambientPods(c, p.Spec.Selector.Labels())
			switch {
			case w == nil && !known:
				c.Unknown()
			case w == nil:
			case !enforced:
				c.Fail("action", "ztunnel does not enforce action %s, for %s", p.Spec.Action, w.Object.ID).At("spec.action", p.Spec.Action)
			default:
				failure := c.Fail("rules", "ztunnel cannot evaluate %d of %d rules, for %s", len(rules), len(p.Spec.Rules), w.Object.ID)
				for _, i := range rules {
					failure = failure.At(model.Path("spec.rules").Index(i), nil)
				}
			}
		},
	}
}

// ambientPods finds a workload in ambient mode that a policy of the case's namespace
// is for. known is false when there may be one that is not known.
func ambientPods(c *check.Case, labels map[string]string) (w *mesh.Workload, known bool) {
	root, known := mesh.RootNamespace(c.View)
	if !known {
		return nil, false
	}
	namespace := c.Object.Namespace
	if namespace == root {
		namespace = ""
	}
	for _, candidate := range mesh.Of(c.View).Workloads() {
		if namespace != "" && candidate.Namespace() != namespace || !candidate.HasLabels(labels) {
			continue
		}
		switch candidate.Plane {
		case mesh.Ambient:
			return candidate, true
		case mesh.PlaneUnknown:
			known = false
		}
	}
	return nil, known && workload.Complete(c.View, namespace)
}
