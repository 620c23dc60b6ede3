package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteEventsOfEventsGroup is to delete events through the group events.k8s.io.
func DeleteEventsOfEventsGroup() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-events-of-events-group", Title: "Delete events of events.k8s.io", Layer: model.LayerCluster, Severity: model.Low,
			Rationale: "Events show what failed, what was pulled, killed and mounted: who deletes them removes traces of an attack before anybody reads them. The same events " +
				"can be reached through both API groups, so that each right needs a look.",
			Remediation: "Let nobody delete events, which go by themselves; send them and the audit log to a store outside of the cluster.",
			References: []model.Reference{
				model.MITRE("T1070"),
				model.Docs("reference/kubernetes-api/cluster-resources/event-v1/"),
				model.Reference{Catalogue: "KEP", ID: "383"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "events.k8s.io", Resource: "events"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			onEach(c, 0, attack.Integrity, "", "Event")
		},
	}
}
