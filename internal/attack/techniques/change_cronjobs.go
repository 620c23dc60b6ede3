package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeCronJobs is to put something else into the template that a controller runs pods from.
func ChangeCronJobs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-cronjobs", Title: "Change CronJobs", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "Template and schedule of a CronJob may be changed: the next pods, a minute later, run what the change says, as any service account of the namespace and with any of its secrets.",
			Remediation: "Let a pipeline change workloads and give people what they need of scale and status; enforce the Pod Security level baseline or restricted in the namespace.",
			References: []model.Reference{
				model.MITRE("T1053.007"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/cron-jobs/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "batch", Resource: "cronjobs"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("job-controller"),
	}
}
