package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeGatekeeperTemplates is to take the rules of Gatekeeper away.
func ChangeGatekeeperTemplates() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-gatekeeper-templates", Title: "Change or delete Gatekeeper templates", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "A ConstraintTemplate holds the rule of its constraints: changed it finds nothing, and deleted it takes its constraints with it.",
			Remediation: "Let the pipeline of the platform alone write what belongs to Gatekeeper.",
			References: []model.Reference{
				model.MITRE("T1562"), {Catalogue: "URL", ID: "https://open-policy-agent.github.io/gatekeeper/website/docs/constrainttemplates/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection|update|patch", Group: "templates.gatekeeper.sh", Resource: "constrainttemplates", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: customGuards("constrainttemplates.templates.gatekeeper.sh", "ConstraintTemplate"),
	}
}
