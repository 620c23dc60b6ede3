package techniques

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeKubeletConfig is to have kubelets obey somebody else.
func ChangeKubeletConfig() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-kubelet-config", Title: "Change the configuration of kubelets", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "kubeadm writes the ConfigMap kubelet-config to each node that joins or is upgraded: with anonymous authentication and mode AlwaysAllow " +
				"anybody who reaches the kubelet runs commands in its pods, and with a staticPodURL it runs whatever pod it is told to.",
			Remediation: "Take configmaps of kube-system from everybody but the program that installs it; never give configmaps in kube-system by a ClusterRole that is " +
				"bound everywhere.",
			References: []model.Reference{
				model.MITRE("T1543"), model.Docs("tasks/administer-cluster/kubeadm/kubeadm-reconfigure/#applying-kubelet-configuration-changes"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "configmaps"}},
		Yields: []attack.Yield{attack.Node},
		Ground: changeKubeletConfig,
	}
}

func changeKubeletConfig(c *attack.Case) {
	b, ok := named(c, "ConfigMap", metav1.NamespaceSystem, "kubelet-config")
	if !ok {
		return
	}
	b.yields(c, attack.Node, attack.Nodes(""), "somebody adds or upgrades a node with kubeadm")
}
