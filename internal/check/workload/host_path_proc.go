package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostPathProc fails volumes of the node's /proc or /sys.
func HostPathProc() check.Check {
	official := policy.CheckHostPathVolumes()
	return check.Check{
		Control: model.Control{
			ID:       "host-path-proc",
			Title:    "Volume gives the node's /proc or /sys to a pod",
			Layer:    model.LayerWorkload,
			Severity: model.High,
			Rationale: "Both are the kernel's controls for the whole node: a root process that can write /proc/sys/kernel/core_pattern or /sys/kernel/uevent_helper " +
				"has the node run a program of its choice as root. Reading shows the arguments of every process.",
			Remediation: "Remove the volume, or mount it read-only where a monitor needs it; a container's own /proc and /sys are there without it.",
			References:  []model.Reference{model.PSS("HostPath Volumes"), model.CIS("5.2.12"), model.MITRE("T1611"), model.CWE("CWE-732"), model.Docs("concepts/storage/volumes/#hostpath")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeHostPaths(c, &official, processFiles, weighProcessFiles)
		},
	}
}

func weighProcessFiles(h *hostPath) (model.Severity, string) {
	switch {
	case h.within("/sys/fs", "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/kernel/security", "/sys/class", "/sys/devices"):
		return h.lower(model.Medium), ""
	case !h.readOnly:
		return model.High, ""
	case h.within("/sys"):
		return model.Low, ""
	default:
		return model.Medium, ""
	}
}
