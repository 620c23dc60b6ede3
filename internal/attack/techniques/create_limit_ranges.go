package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateLimitRanges is to create a LimitRange that allows nothing.
func CreateLimitRanges() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-limit-ranges", Title: "Create LimitRanges", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "A LimitRange of next to nothing keeps everybody from creating pods in the namespace: nothing is rolled out, and what ends is not started again.",
			Remediation: "Let only administrators create LimitRanges.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1489"),
				model.Docs("concepts/policy/limit-range/"),
				model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "limitranges"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Denial, attack.Namespaces(c.Namespace))
		},
	}
}
