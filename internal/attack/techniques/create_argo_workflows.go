package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateArgoWorkflows is to run pods through Argo Workflows.
func CreateArgoWorkflows() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-argo-workflows", Title: "Create Argo workflows", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Workflow holds templates of containers, volumes, a service account and a patch to the pod spec. The pod runs as any account of the " +
				"namespace and mounts any of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://argo-workflows.readthedocs.io/en/latest/workflow-concepts/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "argoproj.io", Resource: "workflows"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("workflows.argoproj.io", "Workflow"),
	}
}
