package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// ChangeCRDConversion is to have custom resources converted by a webhook of one's own.
func ChangeCRDConversion() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-crd-conversion", Title: "Change custom resource definitions", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A conversion webhook is sent every object of a custom resource that is read or written in another version than the one in which it is stored, " +
				"and answers with what the reader gets: the operators that act on them, often with every right, then do what the attacker wrote.",
			Remediation: "Give rights on customresourcedefinitions only to the programs that install operators, limited to the names of theirs.",
			References: []model.Reference{
				model.MITRE("T1565"), model.Docs("tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Integrity, snapshot.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}, reachesWebhook)
		},
	}
}
