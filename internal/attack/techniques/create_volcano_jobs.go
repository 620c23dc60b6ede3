package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateVolcanoJobs is to run pods through Volcano.
func CreateVolcanoJobs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-volcano-jobs", Title: "Create or change Volcano jobs", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Job of Volcano holds a whole pod template for each of its tasks. The pod runs as any account of the namespace and mounts any of its " +
				"secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://volcano.sh/en/docs/vcjob/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "batch.volcano.sh", Resource: "jobs"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("jobs.batch.volcano.sh", "Job"),
	}
}
