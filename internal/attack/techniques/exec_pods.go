package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ExecPods is to run commands in containers.
func ExecPods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "exec-pods", Title: "Run commands in pods", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "A command in a container acts as the pod: with the token of its service account, the secrets that it mounts, its place in the network, and as far as the container is privileged, its node. No admission level stands in the way.",
			Remediation: "Give pods/exec to nobody for good; debug by a short-lived binding in the one namespace, and log it.",
			References: []model.Reference{
				model.MITRE("T1609"), model.Docs("tasks/debug/debug-application/get-shell-running-container/"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "pods", Subresource: "exec"}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: entersPods(),
	}
}
