package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// AttachPodsByGet is to read and write the standard streams of containers with nothing but get.
func AttachPodsByGet() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "attach-pods-by-get", Title: "Attach to containers by GET", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "The API server took a request by GET that becomes a websocket for the verb get, so a role that seems to read only types into containers. Kubernetes 1.35 asks for create as well.",
			Remediation: "Take pods/attach, */attach and wildcards for resources out of roles to read with, and update to Kubernetes 1.35.",
			References: []model.Reference{
				model.MITRE("T1609"), {Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/issues/133515"}, model.Docs("reference/kubectl/generated/kubectl_attach/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "get", Resource: "pods", Subresource: "attach"}},
		Yields: []attack.Yield{attack.Sideways},
		When:   attack.Applicability{Off: feature.PodUpgradeNeedsCreate},
		Ground: entersPods("a container of the pod runs what it reads from its standard input, which is open"),
	}
}
