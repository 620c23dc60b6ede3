package techniques

import (
	"slices"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ForgeEventsOfEventsGroup is to write events that nothing caused, through the group events.k8s.io.
func ForgeEventsOfEventsGroup() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "forge-events-of-events-group", Title: "Create or change events of events.k8s.io", Layer: model.LayerCluster, Severity: model.Low,
			Rationale: "An event names any component as its source and any object as its subject. Forged ones mislead whoever looks into an incident, and tools that act on " +
				"events; in large numbers they push the real ones out of sight and, since no ResourceQuota counts events, fill the store. The same events can be " +
				"reached through both API groups, so that each right needs a look.",
			Remediation: "Grant events to controllers only; switch on the admission plugin EventRateLimit; believe the audit log rather than events.",
			References: []model.Reference{
				model.MITRE("T1036"), model.MITRE("T1565.001"),
				model.Docs("reference/access-authn-authz/admission-controllers/#eventratelimit"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/quota/v1/install/registry.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "events.k8s.io", Resource: "events"}},
		Yields: []attack.Yield{attack.Integrity, attack.Denial},
		Ground: func(c *attack.Case) {
			onEach(c, 0, attack.Integrity, "", "Event")
			if slices.ContainsFunc(c.Grants, func(g rbac.Grant) bool { return creates(g.Rule) }) {
				c.Yields(attack.Denial, attack.Everything(), "events are created faster than they expire, which EventRateLimit does not forbid")
			}
		},
	}
}
