package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateResourceQuotas is to create a ResourceQuota that allows nothing.
func CreateResourceQuotas() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-resource-quotas", Title: "Create ResourceQuotas", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "A ResourceQuota of nothing keeps everybody from creating pods in the namespace: nothing is rolled out, and what ends is not started again.",
			Remediation: "Let only administrators create ResourceQuotas.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1489"),
				model.Docs("concepts/policy/resource-quotas/"),
				model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "resourcequotas"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Denial, attack.Namespaces(c.Namespace))
		},
	}
}
