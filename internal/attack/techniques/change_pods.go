package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangePods is to put another image into pods that run.
func ChangePods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-pods", Title: "Change pods", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "Of a pod that runs, image and labels may be changed, little else. The container starts again with the attacker's image, in place of the one that ran there: with its service account, secrets, volumes and privileges." +
				" With other labels the pod takes its place behind any Service of the namespace and answers in its name.",
			Remediation: "Give nobody update or patch of pods: what is to change is changed in the workload. Have admission take images from your own registry only.",
			References: []model.Reference{
				model.MITRE("T1525"), model.MITRE("T1557"), model.Docs("concepts/workloads/pods/#pod-update-and-replacement"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "pods"}},
		Yields: []attack.Yield{attack.Sideways, attack.Integrity},
		Ground: changesPods,
	}
}
