package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// PortforwardPodsByGet is to reach the ports of pods with nothing but get.
func PortforwardPodsByGet() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "portforward-pods-by-get", Title: "Forward ports of pods by GET", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "The API server took a request by GET that becomes a websocket for the verb get, so a role that seems to read only reaches every port of the pods. Kubernetes 1.35 asks for create as well.",
			Remediation: "Take pods/portforward, */portforward and wildcards for resources out of roles to read with, and update to Kubernetes 1.35.",
			References: []model.Reference{
				model.MITRE("T1572"), {Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/issues/133515"}, model.Docs("tasks/access-application-cluster/port-forward-access-application-cluster/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "get", Resource: "pods", Subresource: "portforward"}},
		Yields: []attack.Yield{attack.Sideways},
		When:   attack.Applicability{Off: feature.PodUpgradeNeedsCreate},
		Ground: entersPods(trustsCallers),
	}
}
