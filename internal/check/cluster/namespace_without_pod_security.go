package cluster

import (
	"fmt"

	"holdfast.dev/holdfast/internal/analysis/podsecurity"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// NamespaceWithoutPodSecurity fails namespaces in which no level of the Pod Security
// Standards is enforced.
func NamespaceWithoutPodSecurity() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "namespace-without-pod-security",
			Title:    "Namespace enforces no Pod Security level",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Whoever may create pods here may create privileged ones, mount the node's file system and so take over the node. " +
				"Admission refuses nothing unless a policy engine does.",
			Remediation: "Label the namespace pod-security.kubernetes.io/enforce: restricted, or baseline where pods need more; start with warn and audit to see what would be refused.",
			References: []model.Reference{
				model.CIS("5.2.1"), model.CIS("5.2.2"), model.NSA("Pod security"), model.MITRE("T1610"),
				model.Docs("concepts/security/pod-security-admission/"),
			},
		},
		On: []string{"Namespace"},
		Run: func(c *check.Case) {
			ns := namespace(c)
			if ns == nil || ns.Labels[podsecurity.LabelPrefix+"enforce"] != "" {
				return
			}
			switch byDefault := podsecurity.ByDefault(c.View); {
			case podsecurity.Strictness(byDefault.Level) > 0:
				return
			case !byDefault.Known:
				c.Unknown()
				return
			}
			softer := ""
			for _, mode := range []string{"warn", "audit"} {
				if level := ns.Labels[podsecurity.LabelPrefix+mode]; level != "" {
					softer = fmt.Sprintf("; %s: %s refuses nothing", mode, level)
					break
				}
			}
			path := label(podsecurity.LabelPrefix + "enforce")
			c.Fail("", "pods of every kind are admitted to namespace %s%s", ns.Name, softer).At(path, nil).
				Fix(3, "Enforce the baseline level", check.Set(c.Object, path, "baseline"))
		},
	}
}
