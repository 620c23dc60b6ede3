package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateTektonTaskRuns is to run pods through Tekton.
func CreateTektonTaskRuns() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-tekton-task-runs", Title: "Create Tekton task runs", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A TaskRun holds the steps to run: their images and scripts, the service account, and volumes of any kind. The pod runs as any account of the " +
				"namespace and mounts any of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://tekton.dev/docs/pipelines/taskruns/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "tekton.dev", Resource: "taskruns"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("taskruns.tekton.dev", "TaskRun"),
	}
}
