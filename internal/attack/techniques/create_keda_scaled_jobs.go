package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateKedaScaledJobs is to run pods through KEDA.
func CreateKedaScaledJobs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-keda-scaled-jobs", Title: "Create or change KEDA scaled jobs", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A ScaledJob holds the template of a Job, which KEDA makes when the trigger, one that its author names, says so. The pod runs as any account " +
				"of the namespace and mounts any of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://keda.sh/docs/latest/reference/scaledjob-spec/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "keda.sh", Resource: "scaledjobs"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("scaledjobs.keda.sh", "ScaledJob"),
	}
}
