package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeFluxHelmReleases is to have Flux apply manifests of one's own.
func ChangeFluxHelmReleases() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-flux-helm-releases", Title: "Create or change Flux Helm releases", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A HelmRelease has Flux apply what a source holds: as whatever account of its own namespace it names, and where it names none as the " +
				"controller itself, which in most installations may do everything. Started with --default-service-account the controller does not.",
			Remediation: "Start the controllers of Flux with --default-service-account and --no-cross-namespace-refs, so that what a tenant writes is applied as an " +
				"account of the tenant's.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1078"), {Catalogue: "URL", ID: "https://fluxcd.io/flux/installation/configuration/multitenancy/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "helm.toolkit.fluxcd.io", Resource: "helmreleases"}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) { flux(c, helmController(), "helmreleases.helm.toolkit.fluxcd.io", "HelmRelease") },
	}
}
