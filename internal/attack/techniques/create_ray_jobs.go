package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateRayJobs is to run pods through KubeRay for a job.
func CreateRayJobs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-ray-jobs", Title: "Create Ray jobs", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A RayJob holds the specification of a cluster, with whole pod templates, and one of the pod that submits the job. The pod runs as any account " +
				"of the namespace and mounts any of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://docs.ray.io/en/latest/cluster/kubernetes/getting-started/rayjob-quick-start.html"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "ray.io", Resource: "rayjobs"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("rayjobs.ray.io", "RayJob"),
	}
}
