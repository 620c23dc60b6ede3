package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateRunnerSets is to run pods through the actions runner controller.
func CreateRunnerSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-runner-sets", Title: "Create or change GitHub runner sets", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "An AutoscalingRunnerSet holds a whole pod template for the runners of a repository or an organisation that its author names. The pod runs as " +
				"any account of the namespace and mounts any of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://docs.github.com/en/actions/concepts/runners/actions-runner-controller"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "actions.github.com", Resource: "autoscalingrunnersets"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("autoscalingrunnersets.actions.github.com", "AutoscalingRunnerSet"),
	}
}
