package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletHostnameOverride fails kubelets that are given a name as a flag.
func KubeletHostnameOverride() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-hostname-override",
			Title:    "Kubelet calls itself by another name than its host",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "The name that a kubelet gives itself goes into its certificate and its node. One that differs from the host's " +
				"name breaks the verification of certificates, and makes log lines point to the wrong machine.",
			Remediation: "Remove --hostname-override, unless the cloud provider or kubeadm (nodeRegistration.name) sets it to the name " +
				"that nodes have.",
			References: []model.Reference{model.CIS("4.2.7"), model.CWE("CWE-290"), model.Docs("reference/command-line-tools-reference/kubelet/")},
		},
		On:   []string{"Pod", "apps/DaemonSet", "kubeadm.k8s.io/InitConfiguration", "kubeadm.k8s.io/JoinConfiguration"},
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{Flag: "hostname-override"}, func(k kubelet, s controlplane.Setting) {
			if s.Value != "" {
				k.fail(s, "calls itself by another name")
			}
		}),
	}
}
