package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteCronJobs is to end what runs.
func DeleteCronJobs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-cronjobs", Title: "Delete CronJobs", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "What was to run no longer does: backups, rotation of keys, clean-up. Nobody notices until it is needed.",
			Remediation: "Give delete by name, and deletecollection to nobody; keep manifests where the workload can be made again from.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1499"), model.Docs("concepts/workloads/controllers/cron-jobs/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "batch", Resource: "cronjobs"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("batch", "CronJob"),
	}
}
