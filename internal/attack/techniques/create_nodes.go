package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateNodes is to create Nodes that are none.
func CreateNodes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-nodes", Title: "Create nodes", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A Node is made with the status that its creator gives it, room and readiness included. The scheduler sends pods to it, which never run, until its " +
				"heartbeat is missed; and where the controller manager hands out ranges of pod addresses, each takes one, until there is none left for a real node.",
			Remediation: "Let only kubelets create their own node, which the Node authorizer and the admission plugin NodeRestriction see to, and the controllers of the cloud provider.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1036"),
				model.Docs("concepts/architecture/nodes/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/core/node/strategy.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "nodes", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Denial, attack.In("", "Pod", ""))
		},
	}
}
