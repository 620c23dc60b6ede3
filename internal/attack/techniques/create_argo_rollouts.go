package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateArgoRollouts is to run pods through Argo Rollouts.
func CreateArgoRollouts() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-argo-rollouts", Title: "Create or change Argo rollouts", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Rollout takes the place of a Deployment and has the same pod template. The pod runs as any account of the namespace and mounts any of its " +
				"secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://argo-rollouts.readthedocs.io/en/stable/features/specification/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "argoproj.io", Resource: "rollouts"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("rollouts.argoproj.io", "Rollout"),
	}
}
