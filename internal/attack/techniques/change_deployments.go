package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeDeployments is to put something else into the template that a controller runs pods from.
func ChangeDeployments() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-deployments", Title: "Change Deployments", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A changed template is rolled out at once: the next pods run another image as any service account of the namespace, with any of its secrets, and nothing else about the Deployment looks new.",
			Remediation: "Let a pipeline change workloads and give people what they need of scale and status; enforce the Pod Security level baseline or restricted in the namespace.",
			References: []model.Reference{
				model.MITRE("T1525"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/deployment/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "apps", Resource: "deployments"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("replicaset-controller"),
	}
}
