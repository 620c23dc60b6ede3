package cluster

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletReadOnlyPort fails kubelets with the read-only port, which is on only
// where a file or a flag says so, or where there is no file.
func KubeletReadOnlyPort() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-read-only-port",
			Title:    "Kubelet serves pods on a port without login",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Port 10255 tells whoever reaches the node which pods run there, with their whole specification, environment " +
				"variables with passwords included, and their measurements.",
			Remediation: "Remove readOnlyPort (--read-only-port), or set it to 0.",
			References:  []model.Reference{model.CIS("4.2.4"), model.NSA("Control plane"), model.MITRE("T1613"), model.CWE("CWE-306"), model.Docs("reference/config-api/kubelet-config.v1beta1/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: kubeletMustBe(controlplane.KubeletSetting{
			Flag: "read-only-port", Field: "readOnlyPort",
			Value: func(k *kubeletFile) string { return strconv.Itoa(int(k.ReadOnlyPort)) },
		}, 0, 1, "serves all pods without a login"),
	}
}
