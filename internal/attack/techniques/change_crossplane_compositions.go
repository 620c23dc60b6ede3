package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeCrossplaneCompositions is to have Crossplane make what one writes for whoever asks.
func ChangeCrossplaneCompositions() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-crossplane-compositions", Title: "Create or change Crossplane compositions", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Composition says what Crossplane makes, with its own account, when somebody asks for a composite resource: since version 2 objects of any " +
				"kind that this account may write.",
			Remediation: "Let administrators alone write objects of providers, providers and compositions; give teams composite resources of their own.",
			References: []model.Reference{
				model.MITRE("T1078"), {Catalogue: "URL", ID: "https://docs.crossplane.io/latest/composition/compositions/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "apiextensions.crossplane.io", Resource: "compositions", ClusterWide: true}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "compositions.apiextensions.crossplane.io", "Composition") {
				crossplane().asDeputy(c, s.basis, "somebody asks for a composite resource that the composition makes")
			}
		},
	}
}
