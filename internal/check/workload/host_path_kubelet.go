package workload

import (
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostPathKubelet fails volumes of the files of the kubelet, etcd, the control plane or the network plugin.
func HostPathKubelet() check.Check {
	official := policy.CheckHostPathVolumes()
	return check.Check{
		Control: model.Control{
			ID:       "host-path-kubelet",
			Title:    "Volume gives files of the node's Kubernetes components to a pod",
			Layer:    model.LayerWorkload,
			Severity: model.High,
			Rationale: "Below /var/lib/kubelet lie the tokens and secrets of every pod of the node, below /etc/kubernetes and /var/lib/etcd the keys and the data of the " +
				"cluster. A file in /etc/kubernetes/manifests or /opt/cni/bin is run by the node as root.",
			Remediation: "Remove the volume. A CSI driver or device plugin mounts only its own folder below /var/lib/kubelet/plugins or device-plugins.",
			References:  []model.Reference{model.PSS("HostPath Volumes"), model.CIS("5.2.12"), model.MITRE("T1611"), model.CWE("CWE-552"), model.Docs("concepts/storage/volumes/#hostpath")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judgeHostPaths(c, &official, kubeletFiles, weighKubeletFiles)
		},
	}
}

func weighKubeletFiles(h *hostPath) (model.Severity, string) {
	note := ""
	if h.holds != "" {
		note = "it holds " + h.holds
	}
	switch {
	case h.touches("/etc/kubernetes", "/var/lib/etcd"):
		if h.readOnly {
			return model.High, note
		}
		return model.Critical, note
	case h.within("/var/lib/kubelet/plugins", "/var/lib/kubelet/plugins_registry", "/var/lib/kubelet/device-plugins",
		"/var/lib/kubelet/pod-resources", "/var/lib/kubelet/seccomp"):
		return h.lower(model.Medium), note
	case h.readOnly && h.touches("/etc/cni", "/opt/cni", "/var/lib/cni", "/usr/libexec/kubernetes"):
		return model.Low, note
	default:
		return model.High, note
	}
}
