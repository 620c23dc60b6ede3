package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateVeleroRestores is to have Velero create objects out of a backup.
func CreateVeleroRestores() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-velero-restores", Title: "Create Velero restores", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "Velero restores with its own account, in most installations with every right. A Restore adds containers of its author's choice to the pods " +
				"that it restores, into whatever namespace its mapping says, and brings roles, bindings and secrets of the past back.",
			Remediation: "Keep the namespace of Velero to its administrators, and give others backups and restores through a pipeline that fixes what they hold.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1078"), {Catalogue: "URL", ID: "https://velero.io/docs/main/restore-hooks/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "velero.io", Resource: "restores"}},
		Yields: []attack.Yield{attack.Subject, attack.Namespace},
		Ground: func(c *attack.Case) {
			for _, d := range velero().atHome(c, "restores.velero.io", "Restore") {
				d.yields(c, attack.Subject, d.account, "a backup holds what serves them")
				d.yields(c, attack.Namespace, attack.Namespaces(""), "a backup holds a pod")
			}
		},
	}
}
