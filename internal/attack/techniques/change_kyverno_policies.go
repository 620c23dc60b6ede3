package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeKyvernoPolicies is to have Kyverno change the pods of a namespace.
func ChangeKyvernoPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-kyverno-policies", Title: "Create or change Kyverno policies", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Policy of Kyverno changes objects of its namespace on their way in: the pods that somebody else creates run what it says, as any account of " +
				"the namespace.",
			Remediation: "Let the pipeline of the platform alone write cluster policies and exceptions; give the background controller only the rights that the " +
				"policies in use need.",
			References: []model.Reference{
				model.MITRE("T1546"), {Catalogue: "URL", ID: "https://kyverno.io/docs/policy-types/cluster-policy/mutate/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "kyverno.io", Resource: "policies"}},
		Yields: []attack.Yield{attack.Integrity, attack.Namespace, attack.Node},
		Ground: changeKyvernoPolicies,
	}
}

func changeKyvernoPolicies(c *attack.Case) {
	const pod = "somebody creates a pod there, as every roll-out does"
	for _, s := range custom(c, "policies.kyverno.io", "Policy") {
		s.yields(c, attack.Integrity, attack.Namespaces(s.namespace))
		s.yields(c, attack.Namespace, attack.Namespaces(s.namespace), pod)
		s.takesNode(c, s.namespace, pod)
	}
}
