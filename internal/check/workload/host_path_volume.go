package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostPathVolume fails volumes of any other path of the node.
func HostPathVolume() check.Check {
	official := policy.CheckHostPathVolumes()
	return check.Check{
		Control: model.Control{
			ID:       "host-path-volume",
			Title:    "Volume gives a folder of the node to a pod",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "The files outlive the pod and are shared with whatever else uses the path on that node: other pods can plant or read them, a link " +
				"can lead out of the folder, and a full disk is the node's.",
			Remediation: "Use an emptyDir, a PersistentVolumeClaim or a local persistent volume; if it must be the node's folder, mount it readOnly: true.",
			References:  []model.Reference{model.PSS("HostPath Volumes"), model.CIS("5.2.12"), model.CWE("CWE-668"), model.Docs("concepts/storage/volumes/#hostpath")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeHostPaths(c, &official, otherFiles, weighOtherFiles)
		},
	}
}

func weighOtherFiles(h *hostPath) (model.Severity, string) {
	if h.within("/run/xtables.lock") {
		return model.Low, ""
	}
	return h.lower(model.Medium), ""
}
