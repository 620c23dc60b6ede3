package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ResizePods is to change the resources of pods that run.
func ResizePods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "resize-pods", Title: "Resize pods", Layer: model.LayerCluster, Severity: model.Low,
			Rationale:   "With a lower limit of CPU a container crawls, with a lower one of memory it is killed; with a higher request the others on its node go short. Image, account and privileges stay as they were.",
			Remediation: "Leave resizing to the autoscaler, and set a ResourceQuota and a LimitRange in the namespace.",
			References: []model.Reference{
				model.MITRE("T1499"), model.Docs("tasks/configure-pod-container/resize-container-resources/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "pods", Subresource: "resize"}},
		Yields: []attack.Yield{attack.Denial},
		When:   attack.Applicability{Since: 32, Gate: feature.InPlaceResize},
		Ground: stopsObjects("", "Pod"),
	}
}
