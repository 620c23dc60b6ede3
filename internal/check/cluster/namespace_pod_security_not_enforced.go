package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/podsecurity"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// NamespacePodSecurityNotEnforced tells of namespaces that warn of more than they
// refuse.
func NamespacePodSecurityNotEnforced() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "namespace-pod-security-not-enforced",
			Title:    "Namespace warns of pods that it does not refuse",
			Layer:    model.LayerCluster,
			Severity: model.Info,
			Rationale: "Warnings are a step on the way: until the stricter level is enforced, they reach whoever applies the manifest " +
				"and stop nobody.",
			Remediation: "When no warnings are left, set enforce to the level of warn.",
			References:  []model.Reference{model.CIS("5.2.1"), model.Docs("tasks/configure-pod-container/enforce-standards-namespace-labels/")},
		},
		On: []string{"Namespace"},
		Run: func(c *check.Case) {
			ns := namespace(c)
			if ns == nil {
				return
			}
			enforced := ns.Labels[podsecurity.LabelPrefix+"enforce"]
			if podsecurity.Strictness(enforced) < 0 {
				c.Skip() // another control speaks of namespaces that enforce nothing
				return
			}
			for _, mode := range []string{"warn", "audit"} {
				if level := ns.Labels[podsecurity.LabelPrefix+mode]; podsecurity.Strictness(level) > podsecurity.Strictness(enforced) {
					c.Fail("", "namespace %s %ss at %s and enforces %s", ns.Name, mode, level, enforced).
						At(label(podsecurity.LabelPrefix+mode), level).At(label(podsecurity.LabelPrefix+"enforce"), enforced).
						Fix(3, "Enforce "+level, check.Set(c.Object, label(podsecurity.LabelPrefix+"enforce"), level))
					return
				}
			}
		},
	}
}
