package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateTrainingJobs is to run pods through the Kubeflow training operator.
func CreateTrainingJobs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-training-jobs", Title: "Create or change PyTorch training jobs", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A PyTorchJob holds a whole pod template for its master and one for its workers. The pod runs as any account of the namespace and mounts any " +
				"of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://www.kubeflow.org/docs/components/trainer/legacy-v1/user-guides/pytorch/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "kubeflow.org", Resource: "pytorchjobs"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("pytorchjobs.kubeflow.org", "PyTorchJob"),
	}
}
