package techniques

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeCoredns is to answer for any name that pods ask for.
func ChangeCoredns() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-coredns", Title: "Change the configuration of CoreDNS", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "CoreDNS reads its configuration anew from the ConfigMap coredns within seconds. A rewrite or another upstream sends any name, of a Service or " +
				"of a host outside, to a server of the attacker's.",
			Remediation: "Take configmaps of kube-system from everybody but the program that installs it; never give configmaps in kube-system by a ClusterRole that is " +
				"bound everywhere.",
			References: []model.Reference{
				model.MITRE("T1557"), model.Docs("tasks/administer-cluster/dns-custom-nameservers/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "configmaps"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: changeCoredns,
	}
}

func changeCoredns(c *attack.Case) {
	b, ok := named(c, "ConfigMap", metav1.NamespaceSystem, "coredns")
	if !ok {
		return
	}
	b.yields(c, attack.Integrity, attack.In("", "Service", ""), "CoreDNS reads its configuration anew (plugin reload)")
}
