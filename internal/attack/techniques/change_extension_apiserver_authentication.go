package techniques

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeExtensionApiserverAuthentication is to be whom one wants to be to an aggregated API server.
func ChangeExtensionApiserverAuthentication() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-extension-apiserver-authentication", Title: "Change who aggregated API servers trust", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "Aggregated API servers take the name of a user from headers of whoever shows a certificate of the authority in this ConfigMap, and the API " +
				"server adds its own to what stands there without taking others out. With an authority of their own attackers are anybody to metrics, custom " +
				"APIs and the console of virtual machines; the API server itself does not read it.",
			Remediation: "Take configmaps of kube-system from everybody but the program that installs it; never give configmaps in kube-system by a ClusterRole that is " +
				"bound everywhere.",
			References: []model.Reference{
				model.MITRE("T1556"), model.Docs("tasks/extend-kubernetes/configure-aggregation-layer/#extension-apiserver-authenticates-the-request"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "configmaps"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: changeExtensionApiserverAuthentication,
	}
}

func changeExtensionApiserverAuthentication(c *attack.Case) {
	b, ok := named(c, "ConfigMap", metav1.NamespaceSystem, "extension-apiserver-authentication")
	if !ok {
		return
	}
	b.yields(c, attack.Integrity, attack.Of("apiregistration.k8s.io", "APIService", "", ""), "an aggregated API server that reads the ConfigMap can be reached from where they are")
}
