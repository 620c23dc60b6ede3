package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateTektonPipelineRuns is to run pods through a pipeline of Tekton.
func CreateTektonPipelineRuns() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-tekton-pipeline-runs", Title: "Create Tekton pipeline runs", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A PipelineRun holds its tasks and their steps in itself, with the service account and the pod template of each. The pod runs as any account " +
				"of the namespace and mounts any of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://tekton.dev/docs/pipelines/pipelineruns/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "tekton.dev", Resource: "pipelineruns"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("pipelineruns.tekton.dev", "PipelineRun"),
	}
}
