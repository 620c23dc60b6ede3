package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateVeleroBackups is to have Velero run commands in pods.
func CreateVeleroBackups() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-velero-backups", Title: "Create Velero backups", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Backup holds hooks: commands that Velero runs, with its own account, in the pods of the namespaces that the backup names, of the whole " +
				"cluster too.",
			Remediation: "Keep the namespace of Velero to its administrators, and give others backups and restores through a pipeline that fixes what they hold.",
			References: []model.Reference{
				model.MITRE("T1609"), {Catalogue: "URL", ID: "https://velero.io/docs/main/backup-hooks/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "velero.io", Resource: "backups"}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: func(c *attack.Case) {
			for _, d := range velero().atHome(c, "backups.velero.io", "Backup") {
				d.yields(c, attack.Sideways, attack.In("", "Pod", ""))
			}
		},
	}
}
