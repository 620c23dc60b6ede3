package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeJobs is to stop Jobs: their template cannot be changed.
func ChangeJobs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-jobs", Title: "Change Jobs", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "The API server keeps the template of a Job as it was created, so a change runs nothing new. But suspend ends its pods, and activeDeadlineSeconds or a lower backoffLimit end the Job.",
			Remediation: "Give people create and delete of Jobs by way of a pipeline instead, and limit the rule to names.",
			References: []model.Reference{
				model.MITRE("T1489"), model.Docs("concepts/workloads/controllers/job/#suspending-a-job"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "batch", Resource: "jobs"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("batch", "Job"),
	}
}
