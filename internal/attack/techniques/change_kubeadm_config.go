package techniques

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeKubeadmConfig is to have kubeadm set up the control plane as one wants.
func ChangeKubeadmConfig() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-kubeadm-config", Title: "Change the configuration that kubeadm keeps", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "kubeadm takes the arguments and volumes of the control plane from the ConfigMap kubeadm-config when somebody upgrades the cluster or adds a " +
				"control plane node: another authorisation mode, an image registry or certificate authority of the attacker's.",
			Remediation: "Take configmaps of kube-system from everybody but the program that installs it; never give configmaps in kube-system by a ClusterRole that is " +
				"bound everywhere.",
			References: []model.Reference{
				model.MITRE("T1195"), model.MITRE("T1525"), model.Docs("reference/setup-tools/kubeadm/implementation-details/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "configmaps"}},
		Yields: []attack.Yield{attack.Admin},
		Ground: changeKubeadmConfig,
	}
}

func changeKubeadmConfig(c *attack.Case) {
	b, ok := named(c, "ConfigMap", metav1.NamespaceSystem, "kubeadm-config")
	if !ok {
		return
	}
	b.yields(c, attack.Admin, attack.Everything(), "somebody upgrades the cluster, or adds a control plane node, with kubeadm")
}
