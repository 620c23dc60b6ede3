package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// GrantReferencesToClaims is to let other namespaces copy the volumes of one.
func GrantReferencesToClaims() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "grant-references-to-claims", Title: "Write ReferenceGrants", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "With the feature gate CrossNamespaceVolumeDataSource, a claim may be filled from one of another namespace that has a ReferenceGrant for it. Who writes " +
				"that grant, and makes claims and pods in the other namespace, copies all volumes of this one, without a right to its pods.",
			Remediation: "Leave the feature gate off; let only administrators write ReferenceGrants.",
			References: []model.Reference{
				model.MITRE("T1005"),
				model.Docs("concepts/storage/persistent-volumes/#cross-namespace-data-sources"),
				model.Reference{Catalogue: "KEP", ID: "3294"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "gateway.networking.k8s.io", Resource: "referencegrants"}},
		Yields: []attack.Yield{attack.Sideways},
		When:   attack.Applicability{Gate: feature.CrossNamespaceVolumes},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "referencegrants.gateway.networking.k8s.io", "ReferenceGrant") {
				if claims, ok := some(c, kind("", "PersistentVolumeClaim"), s.namespace); ok {
					s.and(claims).yields(c, attack.Sideways, attack.In(s.namespace, "PersistentVolumeClaim", ""),
						"the subject creates claims and pods in another namespace", "the volume's provisioner copies across namespaces")
				}
			}
		},
	}
}
