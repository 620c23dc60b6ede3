package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeFlowSchemas is to change a FlowSchema.
func ChangeFlowSchemas() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-flow-schemas", Title: "Change FlowSchemas", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A FlowSchema says in which queue of the API server requests wait, by who asks for what. Changed, it meets all users and sends them to one narrow " +
				"level: controllers, nodes and people get no answer in time. The API server restores those that it cannot do without, and others only while they have " +
				"the annotation apf.kubernetes.io/autoupdate-spec: \"true\".",
			Remediation: "Let only administrators change FlowSchemas.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1498"),
				model.Docs("concepts/cluster-administration/flow-control/"),
				model.Reference{Catalogue: "KEP", ID: "1040"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "flowcontrol.apiserver.k8s.io", Resource: "flowschemas", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		When:   attack.Applicability{Since: 20},
		Ground: func(c *attack.Case) {
			if b, ok := existing(c, kind("flowcontrol.apiserver.k8s.io", "FlowSchema")); ok {
				b.yields(c, attack.Denial, attack.Everything())
			}
		},
	}
}
