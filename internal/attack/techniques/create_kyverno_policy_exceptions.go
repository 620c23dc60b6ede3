package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateKyvernoPolicyExceptions is to except what one does from the rules of Kyverno.
func CreateKyvernoPolicyExceptions() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-kyverno-policy-exceptions", Title: "Create or change Kyverno policy exceptions", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A PolicyException names policies and rules and the objects that they are not to look at, in any namespace unless exceptions are limited to " +
				"one.",
			Remediation: "Let the pipeline of the platform alone write cluster policies and exceptions; give the background controller only the rights that the " +
				"policies in use need.",
			References: []model.Reference{
				model.MITRE("T1562"), {Catalogue: "URL", ID: "https://kyverno.io/docs/exceptions/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "kyverno.io", Resource: "policyexceptions"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "policyexceptions.kyverno.io", "PolicyException") {
				s.yields(c, attack.Integrity, attack.Of("kyverno.io", "ClusterPolicy", "", ""), "Kyverno takes exceptions from the namespace (--enablePolicyException, --exceptionNamespace)")
			}
		},
	}
}
