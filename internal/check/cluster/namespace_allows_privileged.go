package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/podsecurity"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// NamespaceAllowsPrivileged fails namespaces that enforce the privileged level.
func NamespaceAllowsPrivileged() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "namespace-allows-privileged",
			Title:    "Namespace admits privileged pods",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The privileged level forbids nothing: whoever may create pods in the namespace can take over the nodes that they run on, " +
				"and with them the pods of everyone else.",
			Remediation: "Enforce baseline or restricted. Where a node agent needs more, give it a namespace of its own that only administrators may create pods in.",
			References: []model.Reference{
				model.CIS("5.2.2"), model.NSA("Pod security"), model.MITRE("T1610"),
				model.Docs("concepts/security/pod-security-standards/#privileged"),
			},
		},
		On: []string{"Namespace"},
		Run: func(c *check.Case) {
			ns := namespace(c)
			if ns == nil {
				return
			}
			const key = podsecurity.LabelPrefix + "enforce"
			if level := ns.Labels[key]; level == "privileged" {
				c.Fail("", "namespace %s enforces the privileged level", ns.Name).At(label(key), level).
					Fix(4, "Enforce the baseline level", check.Set(c.Object, label(key), "baseline"))
			}
		},
	}
}
