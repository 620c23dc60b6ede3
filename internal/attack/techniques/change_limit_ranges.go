package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeLimitRanges is to change or delete a LimitRange.
func ChangeLimitRanges() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-limit-ranges", Title: "Change or delete LimitRanges", Layer: model.LayerCluster, Severity: model.Low,
			Rationale: "A changed LimitRange allows nothing, so that nobody creates pods in the namespace, or a deleted one anything, so that its pods take the room of others " +
				"and its objects fill the store.",
			Remediation: "Let only administrators change LimitRanges.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1562.001"),
				model.Docs("concepts/policy/limit-range/"),
				model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch|delete|deletecollection", Resource: "limitranges"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Integrity, kind("", "LimitRange"))
		},
	}
}
