package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeGatekeeperAssign is to have Gatekeeper change what others write.
func ChangeGatekeeperAssign() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-gatekeeper-assign", Title: "Create or change assignments of Gatekeeper", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "An Assign sets fields of objects on their way in: the command and the service account of pods that others create. Gatekeeper refuses to " +
				"change metadata and its own resources by it.",
			Remediation: "Let the pipeline of the platform alone write what belongs to Gatekeeper.",
			References: []model.Reference{
				model.MITRE("T1546"), {Catalogue: "URL", ID: "https://open-policy-agent.github.io/gatekeeper/website/docs/mutation/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "mutations.gatekeeper.sh", Resource: "assign", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity, attack.Namespace, attack.Node},
		Ground: func(c *attack.Case) {
			mutates(c, "assign.mutations.gatekeeper.sh", "Assign", "mutation of Gatekeeper is on, and it does not leave the namespace out")
		},
	}
}
