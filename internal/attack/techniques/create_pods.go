package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreatePods is to run pods of one's own choice.
func CreatePods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-pods", Title: "Create pods", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "Who creates a pod chooses its service account, the secrets and volumes that it mounts, its image and, unless admission forbids it, " +
				"its access to the node: the pod acts as any account of the namespace, reads each of its secrets, and with a hostPath or privileged takes over the node.",
			Remediation: "Let people deploy through a pipeline and controllers through their own accounts; enforce the Pod Security level baseline or restricted in the namespace, and keep accounts with rights in namespaces of their own.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1611"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "pods"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPods,
	}
}
