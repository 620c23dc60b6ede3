package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateDeployments is to have a controller run pods from a template of one's own.
func CreateDeployments() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-deployments", Title: "Create Deployments", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The Deployment controller runs the pods of whoever writes the template, not as the writer but as any service account of the namespace, with any of its secrets, and keeps them running.",
			Remediation: "Let a pipeline create workloads; enforce the Pod Security level baseline or restricted in the namespace, and keep accounts with rights in namespaces of their own.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/deployment/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "apps", Resource: "deployments"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("replicaset-controller"),
	}
}
