package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletLogQuery fails kubelets that answer queries for the logs of the host.
func KubeletLogQuery() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-log-query",
			Title:    "Kubelet serves the logs of the host through the API",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Whoever may get nodes/log or nodes/proxy reads the logs of every service of the host. They hold names, addresses " +
				"and at times credentials, and the right is often given to collectors of metrics.",
			Remediation: "Remove enableSystemLogQuery: true, or keep it to nodes that are being debugged.",
			References:  []model.Reference{model.CWE("CWE-532"), model.Docs("concepts/cluster-administration/system-logs/#log-query")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: kubeletMustBe(controlplane.KubeletSetting{
			Flag: "", Field: "enableSystemLogQuery",
			Value: func(k *kubeletFile) string { return orDefault(k.EnableSystemLogQuery, false) },
		}, false, 1, "serves the logs of the host"),
	}
}
