package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeKyvernoClusterPolicies is to have Kyverno change and generate objects everywhere.
func ChangeKyvernoClusterPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-kyverno-cluster-policies", Title: "Create or change Kyverno cluster policies", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A ClusterPolicy changes objects on their way in, pods among them, generates objects of any kind or copies Secrets between namespaces with the " +
				"rights of the background controller, and its context asks the API for whatever the controller may read.",
			Remediation: "Let the pipeline of the platform alone write cluster policies and exceptions; give the background controller only the rights that the " +
				"policies in use need.",
			References: []model.Reference{
				model.MITRE("T1546"), model.MITRE("T1078"), {Catalogue: "URL", ID: "https://kyverno.io/docs/policy-types/cluster-policy/generate/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "kyverno.io", Resource: "clusterpolicies", ClusterWide: true}},
		Yields: []attack.Yield{attack.Subject, attack.Integrity, attack.Namespace, attack.Node},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "clusterpolicies.kyverno.io", "ClusterPolicy") {
				backgroundController().asDeputy(c, s.basis)
			}
			mutates(c, "clusterpolicies.kyverno.io", "ClusterPolicy", seenByKyverno)
		},
	}
}
