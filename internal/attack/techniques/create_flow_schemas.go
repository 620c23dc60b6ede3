package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateFlowSchemas is to put the requests of others in a queue that is hardly served.
func CreateFlowSchemas() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-flow-schemas", Title: "Create FlowSchemas", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A FlowSchema says in which queue of the API server requests wait, by who asks for what. One of high precedence that meets all users sends nearly " +
				"everybody to one narrow level: controllers, nodes and people get no answer in time. One for the creator alone puts him in the exempt level, past every " +
				"limit.",
			Remediation: "Let only administrators create FlowSchemas.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1498"),
				model.Docs("concepts/cluster-administration/flow-control/"),
				model.Reference{Catalogue: "KEP", ID: "1040"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "flowcontrol.apiserver.k8s.io", Resource: "flowschemas", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		When:   attack.Applicability{Since: 20},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Denial, attack.Everything())
		},
	}
}
