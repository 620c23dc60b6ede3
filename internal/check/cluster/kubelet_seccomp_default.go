package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletSeccompDefault fails kubelets that leave containers without a profile
// unconfined, which is the default.
func KubeletSeccompDefault() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-seccomp-default",
			Title:    "Containers without a seccomp profile are unconfined",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Containers that name no seccomp profile may use every system call of the kernel, among them those that most " +
				"break-outs have needed.",
			Remediation: "Set seccompDefault: true (--seccomp-default); such containers then get RuntimeDefault.",
			References:  []model.Reference{model.CIS("4.2.14"), model.NSA("Pod security"), model.MITRE("T1611"), model.CWE("CWE-250"), model.Docs("tutorials/security/seccomp/#enable-the-use-of-runtimedefault-as-the-default-seccomp-profile-for-all-workloads")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: kubeletMustBe(controlplane.KubeletSetting{
			Flag: "seccomp-default", Field: "seccompDefault",
			Value: func(k *kubeletFile) string { return orDefault(k.SeccompDefault, false) },
		}, true, 2, "leaves containers without a seccomp profile unconfined"),
	}
}
