package cluster

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletKernelDefaults fails kubelets that overwrite settings of the kernel,
// which is the default.
func KubeletKernelDefaults() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-kernel-defaults",
			Title:    "Kubelet changes the settings of the kernel",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "A kubelet that finds settings of the kernel which it does not expect changes them, silently, and so undoes how " +
				"somebody has hardened the node.",
			Remediation: "Set protectKernelDefaults: true (--protect-kernel-defaults) once the nodes have vm.overcommit_memory=1, " +
				"vm.panic_on_oom=0, kernel.panic=10, kernel.panic_on_oops=1 and the keys settings of the kubelet.",
			References: []model.Reference{model.NSA("Upgrading and application security practices"), model.CWE("CWE-1188"), model.Docs("reference/config-api/kubelet-config.v1beta1/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: kubeletMustBe(controlplane.KubeletSetting{
			Flag: "protect-kernel-defaults", Field: "protectKernelDefaults",
			Value: func(k *kubeletFile) string { return strconv.FormatBool(k.ProtectKernelDefaults) },
		}, true, 3, "changes the settings of the kernel"),
	}
}
