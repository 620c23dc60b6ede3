package techniques

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ChangeServiceStatus is to have a load balancer claim an address of one's choice.
func ChangeServiceStatus() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-service-status", Title: "Change the status of services", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "The status of a Service of type LoadBalancer names the addresses of the load balancer, and every node answers for them itself: who writes the " +
				"status takes over what the pods of the cluster send to any address. The admission plugin DenyServiceExternalIPs does not look at it.",
			Remediation: "Give rights on services/status only to the controllers of load balancers.",
			References: []model.Reference{
				model.MITRE("T1557"), {Catalogue: "CVE", ID: "CVE-2020-8554"}, model.Docs("concepts/services-networking/service/#loadbalancer"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "services", Subresource: "status"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: changeServiceStatus,
	}
}

func changeServiceStatus(c *attack.Case) {
	all, complete := snapshot.List(c.View, kinds.Services, c.Namespace)
	for object, service := range all {
		if service.Spec.Type == corev1.ServiceTypeLoadBalancer && c.On(0, object.Name) {
			evidence := []model.Evidence{object.Evidence("spec.type", string(service.Spec.Type))}
			c.Shown(attack.Integrity, attack.In("", "Pod", ""), evidence, proxyServes)
			return
		}
	}
	if !complete {
		c.Perhaps(attack.Integrity, attack.In("", "Pod", ""), proxyServes, "there is a Service of type LoadBalancer that the right counts for; not all were read")
	}
}

// proxyServes is a condition: some network plugins route by their own rules.
const proxyServes = "kube-proxy, or what stands in for it, answers for the addresses of load balancers on the node"
