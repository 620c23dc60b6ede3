package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateArgoCronWorkflows is to run pods through Argo Workflows time and again.
func CreateArgoCronWorkflows() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-argo-cron-workflows", Title: "Create or change Argo cron workflows", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A CronWorkflow makes a Workflow with templates of its author's choice at the times that it says. The pod runs as any account of the namespace " +
				"and mounts any of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://argo-workflows.readthedocs.io/en/latest/cron-workflows/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "argoproj.io", Resource: "cronworkflows"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("cronworkflows.argoproj.io", "CronWorkflow"),
	}
}
