package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteJobs is to end what runs.
func DeleteJobs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-jobs", Title: "Delete Jobs", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "What it has not finished is lost; batches and migrations end half-way.",
			Remediation: "Give delete by name, and deletecollection to nobody; keep manifests where the workload can be made again from.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1485"), model.Docs("concepts/workloads/controllers/job/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "batch", Resource: "jobs"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("batch", "Job"),
	}
}
