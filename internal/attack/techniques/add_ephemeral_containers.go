package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// AddEphemeralContainers is to add a container to pods that run.
func AddEphemeralContainers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "add-ephemeral-containers", Title: "Add ephemeral containers to pods", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "An ephemeral container joins a pod that runs, with an image of one's own: it shares its network and, where asked, its processes, mounts its volumes with the token of its service account, and takes any secret of the namespace into its environment." +
				" Unless Pod Security forbids it, it is privileged and takes over the node that the pod runs on.",
			Remediation: "Give pods/ephemeralcontainers by a short-lived binding in the one namespace, and enforce the Pod Security level baseline or restricted there.",
			References: []model.Reference{
				model.MITRE("T1609"), model.MITRE("T1610"), model.MITRE("T1611"), model.MITRE("T1552.007"), model.Docs("concepts/workloads/pods/ephemeral-containers/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "pods", Subresource: "ephemeralcontainers"}},
		Yields: []attack.Yield{attack.Sideways, attack.Secrets, attack.Node},
		When:   attack.Applicability{Since: 23},
		Ground: addsContainers,
	}
}
