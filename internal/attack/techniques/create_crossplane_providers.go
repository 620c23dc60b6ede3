package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateCrossplaneProviders is to have Crossplane run an image of one's choice with rights.
func CreateCrossplaneProviders() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-crossplane-providers", Title: "Create or change Crossplane providers", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Provider names an image, which Crossplane runs as an account of its own; the RBAC manager of Crossplane gives the account every right on " +
				"the secrets and config maps of the cluster, and on what the package defines.",
			Remediation: "Let administrators alone write objects of providers, providers and compositions; give teams composite resources of their own.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1552"), {Catalogue: "URL", ID: "https://docs.crossplane.io/latest/packages/providers/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "pkg.crossplane.io", Resource: "providers", ClusterWide: true}},
		Yields: []attack.Yield{attack.Secrets, attack.Integrity},
		Ground: func(c *attack.Case) {
			const manager = "the RBAC manager of Crossplane runs, as it does unless switched off"
			for _, s := range custom(c, "providers.pkg.crossplane.io", "Provider") {
				s.yields(c, attack.Secrets, attack.In("", "Secret", ""), manager)
				s.yields(c, attack.Integrity, attack.In("", "Secret", ""), manager)
			}
		},
	}
}
