package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeFluxKustomizations is to have Flux apply manifests of one's own.
func ChangeFluxKustomizations() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-flux-kustomizations", Title: "Create or change Flux kustomizations", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Kustomization has Flux apply what a source holds: as whatever account of its own namespace it names, and where it names none as the " +
				"controller itself, which in most installations may do everything. Started with --default-service-account the controller does not.",
			Remediation: "Start the controllers of Flux with --default-service-account and --no-cross-namespace-refs, so that what a tenant writes is applied as an " +
				"account of the tenant's.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1078"), {Catalogue: "URL", ID: "https://fluxcd.io/flux/installation/configuration/multitenancy/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "kustomize.toolkit.fluxcd.io", Resource: "kustomizations"}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			flux(c, kustomizeController(), "kustomizations.kustomize.toolkit.fluxcd.io", "Kustomization")
		},
	}
}
