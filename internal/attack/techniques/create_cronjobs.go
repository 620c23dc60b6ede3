package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateCronJobs is to have a controller run pods from a template of one's own.
func CreateCronJobs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-cronjobs", Title: "Create CronJobs", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A CronJob runs pods again and again: who once created it keeps a foothold that outlives his own access, as any service account of the namespace and with any of its secrets.",
			Remediation: "Let a pipeline create workloads; enforce the Pod Security level baseline or restricted in the namespace, and keep accounts with rights in namespaces of their own.",
			References: []model.Reference{
				model.MITRE("T1053.007"), model.MITRE("T1610"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/cron-jobs/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "batch", Resource: "cronjobs"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("job-controller"),
	}
}
