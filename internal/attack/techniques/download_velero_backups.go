package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DownloadVeleroBackups is to read all that a backup holds.
func DownloadVeleroBackups() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "download-velero-backups", Title: "Download Velero backups", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "Velero answers a DownloadRequest with a signed address at which anybody reads the content of a backup: the objects of the cluster with the " +
				"Secrets of every namespace.",
			Remediation: "Keep the namespace of Velero to its administrators, and give others backups and restores through a pipeline that fixes what they hold.",
			References: []model.Reference{
				model.MITRE("T1530"), model.MITRE("T1552"), {Catalogue: "URL", ID: "https://velero.io/docs/main/api-types/"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "velero.io", Resource: "downloadrequests"},
			{Verbs: "get|list|watch", Group: "velero.io", Resource: "downloadrequests"},
		},
		Yields: []attack.Yield{attack.Secrets},
		Ground: func(c *attack.Case) {
			for _, d := range velero().atHome(c, "downloadrequests.velero.io", "DownloadRequest") {
				d.yields(c, attack.Secrets, attack.In("", "Secret", ""), "a backup holds the secret")
			}
		},
	}
}
