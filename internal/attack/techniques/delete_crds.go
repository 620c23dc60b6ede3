package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// DeleteCrds is to delete all custom resources of a kind at once.
func DeleteCrds() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-crds", Title: "Delete custom resource definitions", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "With a definition go all objects of its kind, in every namespace, and with them what their operators made for them: certificates, databases, " +
				"whole clusters.",
			Remediation: "Give rights to delete customresourcedefinitions to administrators only; keep backups of custom resources.",
			References: []model.Reference{
				model.MITRE("T1485"), model.Docs("tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#delete-a-customresourcedefinition"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Denial, snapshot.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"})
		},
	}
}
