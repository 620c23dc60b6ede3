package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletUnsafeSysctls fails kubelets that allow unsafe sysctls by patterns.
func KubeletUnsafeSysctls() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-unsafe-sysctls",
			Title:    "Kubelet lets pods change unsafe kernel settings",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Unsafe sysctls are those that reach beyond the pod or can exhaust the node. With a pattern such as net.* pods " +
				"may set all of them, on a node that others share.",
			Remediation: "Name only the sysctls that are needed in allowedUnsafeSysctls, on nodes kept for the workloads that need them.",
			References:  []model.Reference{model.CWE("CWE-250"), model.Docs("tasks/administer-cluster/sysctl-cluster/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "allowed-unsafe-sysctls", Field: "allowedUnsafeSysctls",
			Value: func(k *kubeletFile) string { return joined(k.AllowedUnsafeSysctls) },
		}, func(k kubelet, s controlplane.Setting) {
			if strings.Contains(s.Value, "*") {
				k.fail(s, "lets pods change unsafe kernel settings")
			}
		}),
	}
}
