package techniques

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeKubeProxy is to have kube-proxy talk to an API server of one's own.
func ChangeKubeProxy() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-kube-proxy", Title: "Change the configuration of kube-proxy", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "The ConfigMap kube-proxy of kubeadm holds the kubeconfig with which kube-proxy starts: with another server and certificate authority it sends " +
				"the token of its account there, and routes what the server answers.",
			Remediation: "Take configmaps of kube-system from everybody but the program that installs it; never give configmaps in kube-system by a ClusterRole that is " +
				"bound everywhere.",
			References: []model.Reference{
				model.MITRE("T1528"), model.MITRE("T1557"), model.Docs("reference/config-api/kube-proxy-config.v1alpha1/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "configmaps"}},
		Yields: []attack.Yield{attack.Subject, attack.Integrity},
		Ground: changeKubeProxy,
	}
}

func changeKubeProxy(c *attack.Case) {
	b, ok := named(c, "ConfigMap", metav1.NamespaceSystem, "kube-proxy")
	if !ok {
		return
	}
	b.yields(c, attack.Subject, attack.Accounts(metav1.NamespaceSystem, "kube-proxy"), "kube-proxy starts again on some node and takes its kubeconfig from the ConfigMap, as kubeadm has it")
	b.yields(c, attack.Integrity, attack.In("", "Service", ""), "kube-proxy starts again on some node")
}
