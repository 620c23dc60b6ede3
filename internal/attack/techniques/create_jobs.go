package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateJobs is to have a controller run pods from a template of one's own.
func CreateJobs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-jobs", Title: "Create Jobs", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A Job runs pods to their end and may delete itself afterwards: they run as any service account of the namespace, with any of its secrets, and leave little behind.",
			Remediation: "Let a pipeline create workloads; enforce the Pod Security level baseline or restricted in the namespace, and keep accounts with rights in namespaces of their own.",
			References: []model.Reference{
				model.MITRE("T1053.007"), model.MITRE("T1610"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/job/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "batch", Resource: "jobs"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("job-controller"),
	}
}
