package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeKyvernoMutatingPolicies is to have Kyverno change objects everywhere.
func ChangeKyvernoMutatingPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-kyverno-mutating-policies", Title: "Create or change Kyverno mutating policies", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A MutatingPolicy changes objects on their way in: the pods that others create run what it says, as any account of their namespace.",
			Remediation: "Let the pipeline of the platform alone write cluster policies and exceptions; give the background controller only the rights that the " +
				"policies in use need.",
			References: []model.Reference{
				model.MITRE("T1546"), {Catalogue: "URL", ID: "https://kyverno.io/docs/policy-types/mutating-policy/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "policies.kyverno.io", Resource: "mutatingpolicies", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity, attack.Namespace, attack.Node},
		Ground: func(c *attack.Case) {
			mutates(c, "mutatingpolicies.policies.kyverno.io", "MutatingPolicy", seenByKyverno)
		},
	}
}
