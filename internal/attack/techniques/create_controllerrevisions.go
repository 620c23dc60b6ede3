package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateControllerRevisions is to put revisions of one's own into the history of StatefulSets and DaemonSets.
func CreateControllerRevisions() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-controllerrevisions", Title: "Create ControllerRevisions", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A ControllerRevision holds the pod template of a StatefulSet or DaemonSet as it was. The controller takes any into its history that has the labels of its pods, and a rollback puts the template of the one before the last in place:" +
				" somebody with more rights rolls out pods that an attacker wrote, as any service account of the namespace and with any of its secrets.",
			Remediation: "Leave ControllerRevisions to the controllers, and roll back by way of the pipeline rather than by kubectl rollout undo.",
			References: []model.Reference{
				model.MITRE("T1525"), model.MITRE("T1611"), model.Docs("tasks/manage-daemon/rollback-daemon-set/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "apps", Resource: "controllerrevisions"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: rollsBack,
	}
}
