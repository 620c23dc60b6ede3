package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NamespaceWithoutQuota fails namespaces in which workloads run and nothing bounds what
// they take together.
func NamespaceWithoutQuota() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "namespace-without-quota",
			Title:    "Namespace that runs workloads has no resource quota",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Whoever may create pods in the namespace, or runs code that scales there, can take the CPU and memory of the " +
				"whole cluster from everybody else.",
			Remediation: "Create a ResourceQuota with hard limits for requests.cpu, requests.memory, limits.memory and pods.",
			References:  []model.Reference{model.NSA("Resource policies"), model.CIS("5.6.1"), model.MITRE("T1499"), model.CWE("CWE-770"), model.Docs("concepts/policy/resource-quotas/")},
		},
		On: []string{"Namespace"},
		Run: func(c *check.Case) {
			if !runsWorkloads(c) {
				return
			}
			quotas, complete := snapshot.List(c.View, kinds.ResourceQuotas, c.Object.Name)
			for _, quota := range quotas {
				if boundsCompute(quota) {
					return
				}
			}
			if complete {
				c.Fail("", "no ResourceQuota of namespace %s bounds CPU, memory or pods", c.Object.Name).At("metadata.name", c.Object.Name)
			}
		},
	}
}

// runsWorkloads reports whether a Namespace that is judged runs workloads of its
// users, and skips it when it does not.
func runsWorkloads(c *check.Case) bool {
	switch c.Object.Name {
	case "kube-system", "kube-public", "kube-node-lease":
		c.Skip()
		return false
	}
	if len(workload.In(c.View, c.Object.Name)) > 0 {
		return true
	}
	if workload.Complete(c.View, c.Object.Name) {
		c.Skip()
	}
	return false
}

func boundsCompute(quota *corev1.ResourceQuota) bool {
	for name := range quota.Spec.Hard {
		switch name {
		case corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourcePods, "count/pods", corev1.ResourceRequestsCPU,
			corev1.ResourceRequestsMemory, corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory:
			return true
		}
	}
	return false
}
