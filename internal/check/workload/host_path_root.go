package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostPathRoot fails volumes of the node's whole file system.
func HostPathRoot() check.Check {
	official := policy.CheckHostPathVolumes()
	return check.Check{
		Control: model.Control{
			ID:       "host-path-root",
			Title:    "Volume gives the node's whole file system to a pod",
			Layer:    model.LayerWorkload,
			Severity: model.Critical,
			Rationale: "Writing anywhere on the node is root on it: a cron job, a binary, a static pod. Reading is enough for the kubelet's credentials, the tokens " +
				"and secrets of every pod on the node and, on a control plane node, for the cluster's keys. Read-only does not close the sockets below /run.",
			Remediation: "Mount the one file or folder that is needed, read-only. A monitor that measures file systems needs the paths that it measures.",
			References:  []model.Reference{model.PSS("HostPath Volumes"), model.CIS("5.2.12"), model.MITRE("T1611"), model.CWE("CWE-552"), model.Docs("concepts/storage/volumes/#hostpath")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeHostPaths(c, &official, nodeRoot, weighNodeRoot)
		},
	}
}

func weighNodeRoot(h *hostPath) (model.Severity, string) {
	switch {
	case !h.readOnly:
		return model.Critical, ""
	case !h.recursive():
		return model.High, "what is mounted below it stays writable, and sockets in /run still answer"
	default:
		return model.High, "sockets in /run still answer"
	}
}
