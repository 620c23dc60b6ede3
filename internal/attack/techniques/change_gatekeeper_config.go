package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeGatekeeperConfig is to have Gatekeeper look away from namespaces.
func ChangeGatekeeperConfig() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-gatekeeper-config", Title: "Create or change the configuration of Gatekeeper", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "The Config of Gatekeeper lists namespaces that its webhooks and its audit leave out: one entry excludes any of them, or all.",
			Remediation: "Let the pipeline of the platform alone write what belongs to Gatekeeper.",
			References: []model.Reference{
				model.MITRE("T1562"), {Catalogue: "URL", ID: "https://open-policy-agent.github.io/gatekeeper/website/docs/exempt-namespaces/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "config.gatekeeper.sh", Resource: "configs"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			for _, d := range gatekeeper().atHome(c, "configs.config.gatekeeper.sh", "Config") {
				d.yields(c, attack.Integrity, attack.Of("templates.gatekeeper.sh", "ConstraintTemplate", "", ""))
			}
		},
	}
}
