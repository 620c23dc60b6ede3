package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostPathLog fails volumes of the node's logs.
func HostPathLog() check.Check {
	official := policy.CheckHostPathVolumes()
	return check.Check{
		Control: model.Control{
			ID:       "host-path-log",
			Title:    "Volume gives the node's log folder to a pod",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "The kubelet serves these files as root and follows links in them: who can write a link here, and read logs through the API, reads any file of the " +
				"node. Logs of other pods often hold secrets as well.",
			Remediation: "Mount the folder readOnly: true, as log collectors can; keep their positions in a volume of their own. Let applications log to standard output.",
			References:  []model.Reference{model.PSS("HostPath Volumes"), model.CIS("5.2.12"), model.MITRE("T1611"), model.CWE("CWE-59"), model.Docs("concepts/storage/volumes/#hostpath")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeHostPaths(c, &official, logFiles, weighLogFiles)
		},
	}
}

func weighLogFiles(h *hostPath) (model.Severity, string) {
	if !h.readOnly && (h.path == "/var/log" || h.within("/var/log/pods", "/var/log/containers")) {
		return model.Medium, "the kubelet follows links that are written there"
	}
	return model.Low, ""
}
