package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ExecPodsByGet is to run commands in containers with nothing but get, as a websocket is opened.
func ExecPodsByGet() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "exec-pods-by-get", Title: "Run commands in pods by GET", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "The API server took a request by GET that becomes a websocket for the verb get, so a role that seems to read only runs commands in containers. Kubernetes 1.35 asks for create as well.",
			Remediation: "Take pods/exec, */exec and wildcards for resources out of roles to read with, and update to Kubernetes 1.35.",
			References: []model.Reference{
				model.MITRE("T1609"), {Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/issues/133515"}, model.Docs("tasks/debug/debug-application/get-shell-running-container/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "get", Resource: "pods", Subresource: "exec"}},
		Yields: []attack.Yield{attack.Sideways},
		When:   attack.Applicability{Off: feature.PodUpgradeNeedsCreate},
		Ground: entersPods(),
	}
}
