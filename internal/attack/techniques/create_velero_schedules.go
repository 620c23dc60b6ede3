package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateVeleroSchedules is to have Velero run commands in pods time and again.
func CreateVeleroSchedules() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-velero-schedules", Title: "Create or change Velero schedules", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Schedule is a template of backups with their hooks: commands that Velero runs, with its own account, in the pods of the namespaces that the " +
				"template names.",
			Remediation: "Keep the namespace of Velero to its administrators, and give others backups and restores through a pipeline that fixes what they hold.",
			References: []model.Reference{
				model.MITRE("T1609"), model.MITRE("T1053"), {Catalogue: "URL", ID: "https://velero.io/docs/main/backup-hooks/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "velero.io", Resource: "schedules"}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: func(c *attack.Case) {
			for _, d := range velero().atHome(c, "schedules.velero.io", "Schedule") {
				d.yields(c, attack.Sideways, attack.In("", "Pod", ""))
			}
		},
	}
}
