package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteKyvernoClusterPolicies is to take the rules of Kyverno away.
func DeleteKyvernoClusterPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-kyverno-cluster-policies", Title: "Delete Kyverno cluster policies", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "What a ClusterPolicy forbids, verifies or puts in is forbidden, verified and put in no more once it is deleted.",
			Remediation: "Let the pipeline of the platform alone write cluster policies and exceptions; give the background controller only the rights that the " +
				"policies in use need.",
			References: []model.Reference{
				model.MITRE("T1562"), {Catalogue: "URL", ID: "https://kyverno.io/docs/policy-types/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "kyverno.io", Resource: "clusterpolicies", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: customGuards("clusterpolicies.kyverno.io", "ClusterPolicy"),
	}
}
