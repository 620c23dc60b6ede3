package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateCrossplaneObjects is to have the Kubernetes provider apply any manifest.
func CreateCrossplaneObjects() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-crossplane-objects", Title: "Create or change Crossplane objects", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "An Object of the Kubernetes provider holds one manifest, which the provider applies with the account that its configuration names: its own, " +
				"with InjectedIdentity, and to read others it refers to them.",
			Remediation: "Let administrators alone write objects of providers, providers and compositions; give teams composite resources of their own.",
			References: []model.Reference{
				model.MITRE("T1078"), {Catalogue: "URL", ID: "https://github.com/crossplane-contrib/provider-kubernetes"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "kubernetes.crossplane.io", Resource: "objects", ClusterWide: true}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "objects.kubernetes.crossplane.io", "Object") {
				providerKubernetes().asDeputy(c, s.basis, "a ProviderConfig has the provider use its own account (InjectedIdentity)")
			}
		},
	}
}
