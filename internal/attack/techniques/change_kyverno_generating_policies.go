package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeKyvernoGeneratingPolicies is to have Kyverno generate objects with its own rights.
func ChangeKyvernoGeneratingPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-kyverno-generating-policies", Title: "Create or change Kyverno generating policies", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A GeneratingPolicy has the background controller of Kyverno create objects of any kind, or copy those that are there, with its own account, " +
				"whenever something that it matches is written.",
			Remediation: "Let the pipeline of the platform alone write cluster policies and exceptions; give the background controller only the rights that the " +
				"policies in use need.",
			References: []model.Reference{
				model.MITRE("T1546"), model.MITRE("T1078"), {Catalogue: "URL", ID: "https://kyverno.io/docs/policy-types/generating-policy/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "policies.kyverno.io", Resource: "generatingpolicies", ClusterWide: true}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "generatingpolicies.policies.kyverno.io", "GeneratingPolicy") {
				backgroundController().asDeputy(c, s.basis)
			}
		},
	}
}
