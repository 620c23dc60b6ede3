package cluster

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletPodPidsLimit fails kubelets without a limit of processes for each
// pod.
func KubeletPodPidsLimit() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-pod-pids-limit",
			Title:    "A pod may use all process ids of the node",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "One container that makes processes without end takes every process id of the node, and with it the kubelet, the " +
				"container runtime and all other pods.",
			Remediation: "Set podPidsLimit (--pod-max-pids) to what the largest workload needs: 1024 to 4096 fits most.",
			References:  []model.Reference{model.CIS("4.2.13"), model.NSA("Resource policies"), model.MITRE("T1499"), model.CWE("CWE-770"), model.Docs("concepts/policy/pid-limiting/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "pod-max-pids", Field: "podPidsLimit",
			Value: func(k *kubeletFile) string { return podPids(k) },
		}, func(k kubelet, s controlplane.Setting) {
			switch limit, err := strconv.ParseInt(s.Value, 10, 64); {
			case err != nil:
				k.c.Unknown()
			case limit <= 0:
				fix(k.fail(s, "lets a pod use all process ids"), s, 2, 4096)
			}
		}),
	}
}

func podPids(k *kubeletFile) string {
	if k.PodPidsLimit == nil {
		return "-1"
	}
	return strconv.FormatInt(*k.PodPidsLimit, 10)
}
