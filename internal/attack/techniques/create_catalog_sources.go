package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateCatalogSources is to tell the Operator Lifecycle Manager what to install.
func CreateCatalogSources() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-catalog-sources", Title: "Create or change operator catalogs", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A CatalogSource is an image that tells the Operator Lifecycle Manager what packages and upgrades there are: an upgrade of an installed " +
				"operator may ask for any right.",
			Remediation: "Let administrators alone install operators; set a service account of few rights in each OperatorGroup.",
			References: []model.Reference{
				model.MITRE("T1195"), model.MITRE("T1078"), {Catalogue: "URL", ID: "https://olm.operatorframework.io/docs/concepts/crds/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "operators.coreos.com", Resource: "catalogsources"}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "catalogsources.operators.coreos.com", "CatalogSource") {
				olm().asDeputy(c, s.basis, "a Subscription takes packages from the catalog")
			}
		},
	}
}
