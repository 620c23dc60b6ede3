package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateKubeflowNotebooks is to run pods through the notebook controller.
func CreateKubeflowNotebooks() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-kubeflow-notebooks", Title: "Create or change Kubeflow notebooks", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Notebook holds a whole pod spec. The pod runs as any account of the namespace and mounts any of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://www.kubeflow.org/docs/components/notebooks/overview/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "kubeflow.org", Resource: "notebooks"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("notebooks.kubeflow.org", "Notebook"),
	}
}
