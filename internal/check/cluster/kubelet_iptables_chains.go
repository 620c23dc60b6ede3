package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletIPTablesChains fails kubelets that do not make their own iptables
// chains.
func KubeletIPTablesChains() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-iptables-chains",
			Title:    "Kubelet does not keep its packet rules",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Without its chains a kubelet does not mark and drop packets that must not leave or enter the node, among them " +
				"those from other hosts to addresses of the node itself.",
			Remediation: "Remove makeIPTablesUtilChains: false (--make-iptables-util-chains=false).",
			References:  []model.Reference{model.CIS("4.2.6"), model.CWE("CWE-1188"), model.Docs("reference/config-api/kubelet-config.v1beta1/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: kubeletMustBe(controlplane.KubeletSetting{
			Flag: "make-iptables-util-chains", Field: "makeIPTablesUtilChains",
			Value: func(k *kubeletFile) string { return orDefault(k.MakeIPTablesUtilChains, true) },
		}, true, 1, "does not keep its packet rules"),
	}
}
