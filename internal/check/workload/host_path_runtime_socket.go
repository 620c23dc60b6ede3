package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostPathRuntimeSocket fails volumes of the socket of the container runtime, or of a folder that holds it.
func HostPathRuntimeSocket() check.Check {
	official := policy.CheckHostPathVolumes()
	return check.Check{
		Control: model.Control{
			ID:       "host-path-runtime-socket",
			Title:    "Volume gives the container runtime's socket to a pod",
			Layer:    model.LayerWorkload,
			Severity: model.Critical,
			Rationale: "Whoever opens the socket of Docker, containerd or CRI-O tells it to start a privileged container with the whole node in it. " +
				"A read-only mount changes nothing: requests are not writes to a file system.",
			Remediation: "Remove the volume. Build images without a daemon (buildah, rootless BuildKit), and ask the kubelet or the API server for what a collector needs.",
			References:  []model.Reference{model.PSS("HostPath Volumes"), model.CIS("5.2.12"), model.MITRE("T1611"), model.CWE("CWE-250"), model.Docs("concepts/storage/volumes/#hostpath")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeHostPaths(c, &official, runtimeSocket, weighRuntimeSocket)
		},
	}
}

func weighRuntimeSocket(h *hostPath) (model.Severity, string) {
	note := "the runtime obeys whoever opens its socket"
	if h.holds != "" {
		note = "it holds " + h.holds + ", and the runtime obeys whoever opens that"
	}
	return model.Critical, note
}
