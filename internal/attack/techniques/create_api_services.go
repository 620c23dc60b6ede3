package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateAPIServices is to announce an API that nobody answers for.
func CreateAPIServices() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-api-services", Title: "Create API services", Layer: model.LayerCluster, Severity: model.Low,
			Rationale: "While one API service cannot be reached, discovery is incomplete: the namespace controller finishes no deletion, so that deleted namespaces " +
				"stay with what is left in them, and clients that need the whole list of APIs fail.",
			Remediation: "Give rights on apiservices only to the programs that install an aggregated API.",
			References: []model.Reference{
				model.MITRE("T1499"), model.Docs("concepts/extend-kubernetes/api-extension/apiserver-aggregation/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "apiregistration.k8s.io", Resource: "apiservices", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) { c.Yields(attack.Denial, attack.Namespaces("")) },
	}
}
